"""A seen domain dismissed: asked about, gone, refused where it cannot be."""

from edgeconsole.model.errors import Unsupported
from tests.tui.console_world import EdgeInMemory, console, shows, text_of, until


async def test_delete_on_a_seen_domain_dismisses_it_after_a_question() -> None:
    edge = EdgeInMemory()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        await pilot.press("2", "t", "delete")
        await shows(pilot, "Dismiss adatum.example, seen in 12 messages?")
        await pilot.press("enter")
        await shows(pilot, "nothing changed")
        assert edge.seen.discovered
        await pilot.press("delete")
        await shows(pilot, "y dismiss")
        await pilot.press("y")
        await shows(pilot, "adatum.example is dismissed until it is seen again")
        await shows(pilot, "Nobody who is not listed was seen")
        assert not edge.applied


async def test_it_can_be_dismissed_from_the_work_list_as_well() -> None:
    edge = EdgeInMemory()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        app.front.table.to_key("adatum.example")  # type: ignore[union-attr]
        await pilot.press("delete")
        await shows(pilot, "y dismiss")
        await pilot.press("y")
        await until(pilot, lambda: not edge.seen.discovered)


async def test_an_edge_that_cannot_says_why_and_the_domain_stays() -> None:
    async def dismiss(domain: str) -> bool:
        raise Unsupported(f"{domain} was not seen by this console: it works on the file alone")

    edge = EdgeInMemory()
    edge.dismiss = dismiss  # type: ignore[method-assign]
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        await pilot.press("2", "t", "delete")
        await shows(pilot, "y dismiss")
        await pilot.press("y")
        await shows(pilot, "it works on the file alone")
        assert "adatum.example" in text_of(app)
