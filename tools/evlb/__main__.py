"""The command line of the engine."""

from enum import StrEnum
import json
from pathlib import Path
import sys
from typing import Annotated, NoReturn

import typer

from custom_components.ev_lb.engine.codec import DocumentError, to_document
from custom_components.ev_lb.engine.model import Decision

from .lines import describe
from .questions import Answer, answer, parse, read_question
from .replay import replay_command
from .schema import document_schema

STANDARD_INPUT = "-"


class Format(StrEnum):
    """How decisions are printed."""

    JSON = "json"
    TEXT = "text"


app = typer.Typer(
    name="scripts/evlb",
    help="Ask the engine of EV Load Balancer for decisions, without Home Assistant.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command(name="decide")
def decide_command(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A JSON document; - reads the input.")
    ],
    output: Annotated[
        Format | None,
        typer.Option(
            "--format", help="Default: text on a terminal, json anywhere else."
        ),
    ] = None,
) -> None:
    """Print the decisions that a document of docs/decide-document.md asks for."""
    try:
        document = parse(_read(file))
        if isinstance(document, list):
            questions = [
                read_question(item, f"[{index}]") for index, item in enumerate(document)
            ]
        else:
            questions = [read_question(document)]
    except DocumentError as error:
        _fail(str(error))
    answers = [answer(question) for question in questions]
    if output is None:
        output = Format.TEXT if sys.stdout.isatty() else Format.JSON
    if output is Format.JSON:
        _print_json(answers if isinstance(document, list) else answers[0])
    else:
        _print_lines(answers)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the documents that decide reads."""
    print(json.dumps(document_schema(), indent=2))


app.command(name="replay")(replay_command)


def _print_json(found: Answer | list[Answer]) -> None:
    rows = tuple(found) if isinstance(found, list) else found
    print(json.dumps(to_document(rows), indent=2, allow_nan=False))


def _print_lines(answers: list[Answer]) -> None:
    for found in answers:
        for decision in (found,) if isinstance(found, Decision) else found:
            print(describe(decision))


def _read(file: str) -> str:
    try:
        if file == STANDARD_INPUT:
            content = sys.stdin.buffer.read()
        else:
            content = Path(file).read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        _fail(f"{file} cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        _fail(f"{file} is not UTF-8 text")


def _fail(sentence: str) -> NoReturn:
    print(f"Error: {sentence}.", file=sys.stderr)
    raise typer.Exit(2)


if __name__ == "__main__":
    app(prog_name="scripts/evlb")
