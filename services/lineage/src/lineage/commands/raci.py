"""``aidataops raci``: who answers for what, and where that was not kept."""

from __future__ import annotations

import typer

from aidataops.client.asking import EXIT_CODES, EXIT_WRONG, Json, show
from lineage.commands.asking import Url, ask

app = typer.Typer(rich_markup_mode=None)


@app.callback(
    invoke_without_command=True,
    epilog=EXIT_CODES,
    context_settings={"allow_interspersed_args": True},
)
def raci(url: Url = None, *, as_json: Json = False) -> None:
    """Who is Responsible, Accountable, Consulted, Informed for each kind of decision.

    With it: what was not kept (exit code 1), waivers and automation levels with their expiry, and
    the scorecards of who provides which capability.
    """
    answer = ask(url, "/raci")
    cards = [
        {"capability": each["capability"], "ownership": each["ownership"], "owner": each["owner"],
         **card}
        for each in answer["capabilities"]
        for card in each["scorecards"]
    ]  # fmt: skip
    show(answer, ("responsibilities", answer["matrix"]), ("not kept", answer["violations"]),
         ("expiring", answer["expiring"]), ("capabilities", cards), as_json=as_json)  # fmt: skip
    if answer["violations"]:
        raise typer.Exit(EXIT_WRONG)
