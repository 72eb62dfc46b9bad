"""Faults drawn by seed on a real Kafka and real workers, and a judge who knows what must be there."""
