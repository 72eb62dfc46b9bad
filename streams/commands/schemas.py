"""`simmer schemas`: JSON Schema and AsyncAPI from the structs, written or compared with what is committed."""

import click

from schemas import publish


@click.group("schemas")
def schemas() -> None:
    """Write the published schemas, or check that they are up to date and break nobody."""


@schemas.command("write")
def write() -> None:
    """Write `schemas/published/` from the structs and name the files that changed."""
    try:
        changed = publish.write(publish.FOLDER)
    except OSError as exc:
        raise click.ClickException(f"{exc.filename}: {exc.strerror}") from None
    for name in changed:
        click.echo(f"{name}: written")
    click.echo(f"{len(publish.documents())} files in {publish.FOLDER}, {len(changed)} of them changed")


@schemas.command("check")
def check() -> None:
    """Exit 1 with a line for each file that differs and each change that would break somebody."""
    lines = [
        f"{name}: differs from the structs; run `simmer schemas write`"
        for name in publish.differing(publish.FOLDER)
    ]
    lines += publish.incompatible(publish.FOLDER)
    if lines:
        raise click.ClickException("\n".join(lines))
    click.echo(f"all {len(publish.documents())} published files are up to date and break nobody")
