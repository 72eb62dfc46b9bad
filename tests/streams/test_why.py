"""`simmer why` asks a worker over HTTP, goes where it is sent, and says in one line what is wrong."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import msgspec
import pytest
from click.testing import CliRunner, Result

from agents import customer
from agents.explain import explain, lines
from agents.rules import DEFAULT
from streams.commands.why import why

EXPLANATION = explain(customer.new(), 0.0, DEFAULT)
BODY = msgspec.json.encode(EXPLANATION)
ANSWERS: dict[str, tuple[int, bytes]] = {
    "/customers/known": (200, BODY),
    "/customers/a%2Fb%20c": (200, BODY),
    "/customers/starting": (503, b"{}"),
    "/customers/odd": (200, b'{"level":"high"}'),
}


class FakeWorker(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/customers/elsewhere":
            self.send_response(307)
            self.send_header("Location", "/customers/known")
            self.end_headers()
            return
        status, body = ANSWERS.get(self.path, (404, b"{}"))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing on stderr."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), FakeWorker)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def ask(*arguments: str, **env: str) -> Result:
    return CliRunner().invoke(why, arguments, env=env)


@pytest.mark.parametrize("name", ["known", "elsewhere", "a/b c"])
def test_the_explanation_is_printed_in_sentences_whoever_owns_the_customer(url: str, name: str) -> None:
    result = ask(name, SIMMER_WEB_URL=url)

    assert (result.exit_code, result.output.splitlines()) == (0, lines(EXPLANATION))


def test_json_is_the_answer_as_it_came(url: str) -> None:
    assert ask("known", "--json", "--url", url).output.encode() == BODY + b"\n"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nobody", "no such customer: nobody"),
        ("starting", "not ready yet"),
        ("odd", "is not an explanation"),
    ],
)
def test_what_is_wrong_is_one_line(url: str, name: str, says: str) -> None:
    result = ask(name, SIMMER_WEB_PORT=url.rpartition(":")[2])

    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
    assert says in result.output


def test_where_no_worker_answers_the_settings_are_named() -> None:
    result = ask("known", SIMMER_WEB_PORT="1")

    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
    for word in ("http://127.0.0.1:1", "SIMMER_WEB_URL", "SIMMER_WEB_PORT"):
        assert word in result.output
