"""Keys that move, filter and sort: the screen in front does it all by itself."""

from collections.abc import Callable, Mapping

from edgeconsole.tui.screens.base import ConsoleScreen

MOVES: Mapping[str, Callable[[ConsoleScreen], None]] = {
    "list.sort": lambda screen: screen.table.sort_next(),
    "list.sort-reverse": lambda screen: screen.table.sort_reverse(),
    "focus.next": lambda screen: screen.switch_focus(),
    "list.down": lambda screen: screen.moved.move(1),
    "list.up": lambda screen: screen.moved.move(-1),
    "list.top": lambda screen: screen.moved.to_end(False),
    "list.bottom": lambda screen: screen.moved.to_end(True),
    "list.page-down": lambda screen: screen.moved.page(1),
    "list.page-up": lambda screen: screen.moved.page(-1),
    "list.half-down": lambda screen: screen.moved.page(0.5),
    "list.half-up": lambda screen: screen.moved.page(-0.5),
}
