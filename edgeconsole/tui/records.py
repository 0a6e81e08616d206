"""Keys on records of any table: new, edited, removed, and the one-key verbs of partners and policies."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from edgeconsole.actions import records
from edgeconsole.config.values import BadValue
from edgeconsole.model.change import FieldValue
from edgeconsole.model.configuration import Configuration, HostingProvider, PublicProvider, Table, XmppPartner
from edgeconsole.present import partners, presets
from edgeconsole.present.diff import record_name
from edgeconsole.present.legend import keycap
from edgeconsole.present.policies import FLAGS, Tab
from edgeconsole.present.table import Style
from edgeconsole.rules.policies import GLOBAL, PolicyIndex
from edgeconsole.store.store import Store
from edgeconsole.tui.allow import NewDomain
from edgeconsole.tui.changes import Changes
from edgeconsole.tui.dialogue import Answer, Dialogue
from edgeconsole.tui.dismissal import Dismissal
from edgeconsole.tui.fields import fields_of, find, is_switch, raw_of, typed_value, written
from edgeconsole.tui.form import Form, FormStage
from edgeconsole.tui.screens.base import ConsoleScreen, Why
from edgeconsole.tui.screens.policies import PoliciesScreen

_DIGITS = "123456789"
_KINDS = {"x": ("XMPP partner", "xmpp"), "h": ("hosting provider", "hosting"), "p": ("public IM provider", "public")}


class Records:
    """Single verbs plan and apply with `y` or stage with `s`; whatever needs more than one value opens a form."""

    def __init__(
        self,
        store: Store,
        dialogue: Dialogue,
        changes: Changes,
        stage: FormStage,
        clock: Callable[[], datetime],
        guide: Callable[[str], None],
    ) -> None:
        self._store = store
        self._dialogue = dialogue
        self._changes = changes
        self._clock = clock
        self.form = Form(store, dialogue, stage, clock)
        self._guide = guide
        self._dismissal = Dismissal(store, dialogue, stage)
        self._domain = NewDomain(store, dialogue, changes, stage, clock, self.form, guide)

    def verbs(self) -> Mapping[str, Callable[[ConsoleScreen], None]]:
        """Return what each of their keys starts."""
        return {
            "row.new": self.new,
            "row.edit": self.edit,
            "row.editor": lambda screen: self._open_form(screen, text=True),
            "row.remove": self.remove,
            "form.stage": lambda _: self.form.stage(),
            "partner.enable": self.enable,
            "partner.negotiation": self.negotiation,
            "policy.flags": self.flags,
            "policy.person": self.person,
        }

    def new(self, screen: ConsoleScreen) -> None:
        """Ask for what names a new record of the list in front, then go on with it."""
        if isinstance(screen, PoliciesScreen):
            self._new_policy(screen)
        elif screen.NAME == "partners":
            answers = {
                key: Answer(word, lambda kind=kind: self._name(partners.TABLES[kind], "name of the partner:"))  # type: ignore[misc]
                for key, (word, kind) in _KINDS.items()
            }
            answers["i"] = Answer("step by step", lambda: self._guide(""))
            self._dialogue.ask("A new partner: which kind?", answers)
        elif screen.NAME == "form":
            self._dialogue.say(
                f"{keycap('form.stage')} stages this form first; {keycap('row.new')} then makes another record",
                Style.MUTED,
            )
        else:
            self._domain.ask()

    def _new_policy(self, screen: PoliciesScreen) -> None:
        if screen.tab is Tab.SWITCHES:
            self._dialogue.say(
                f"switches are there always: {keycap('row.edit')} changes one; "
                f"{keycap('view.tab')} goes to policies and grants",
                Style.MUTED,
            )
        elif screen.tab is Tab.GRANTS:
            self.person(screen)
        else:
            self._name(Table.POLICY, "policy, global, site:NAME or user:NAME:")

    def _name(self, table: Table, label: str, text: str = "") -> None:
        self._dialogue.enter(label, lambda typed: self._named(table, typed), text)

    def _named(self, table: Table, text: str) -> None:
        from edgeconsole.config.schema import shape_of

        shape = shape_of(table)
        if not text:
            self._dialogue.say("nothing changed")
            return
        try:
            key = str(shape.fields[shape.key].kind.read(text))
        except BadValue as error:
            self._name(table, f"{shape.key} {error}; again:", text)
            return
        if find(self._saved, table, key) is not None:
            self._dialogue.say(
                f"{record_name(table, key)} is there already; {keycap('row.edit')} changes it", Style.WARN
            )
            return
        self._form(table, key)

    def edit(self, screen: ConsoleScreen) -> None:
        """Edit the row: a field where the row is one, else the record in a form."""
        key = screen.table.cursor_key or ""
        if screen.NAME == "form":
            self.form.edit(key)
        elif screen.subject(key).field and self._store.can_only_stage:
            self._form(Table.ACCESS_EDGE, "")
        elif screen.subject(key).field:
            self._edit_switch(screen.subject(key).field)
        else:
            self._open_form(screen)

    def _open_form(self, screen: ConsoleScreen, *, text: bool = False) -> None:
        key = screen.table.cursor_key or ""
        subject = screen.subject(key)
        if subject.table is None:
            self._dialogue.say("this service has ended; there is no record of it to change", Style.MUTED)
        elif screen.NAME == "form" and text:
            self.form.edit_as_text()
        elif self._is_there(subject.table, subject.key) or subject.table is Table.POLICY:
            self._form(subject.table, subject.key, text=text)
        else:
            self._dialogue.say(f"{key} has no record of its own; {keycap('row.new')} makes one", Style.MUTED)

    def _is_there(self, table: Table, key: str) -> bool:
        staged = self._store.drafts is not None and (table, key) in self._store.drafts.view.named
        return staged or find(self._saved, table, key) is not None

    def _form(self, table: Table, key: str, *, text: bool = False) -> None:
        if self._store.drafts is None:
            self._dialogue.say("this console keeps no draft, so no form can be staged", Style.WARN)
        else:
            self.form.open(table, key, text=text)

    def _edit_switch(self, name: str) -> None:
        """Change one setting of the Access Edge: the other way round, another word, or another number."""
        raw = raw_of(self._saved.access_edge)
        field = next(each for each in fields_of(Table.ACCESS_EDGE, raw, raw) if each.name == name)
        if is_switch(Table.ACCESS_EDGE, name):
            self._set(Table.ACCESS_EDGE, "", {name: not field.effective})
        elif field.words:
            others = [word for word in field.words if word != field.effective]
            answers = {
                key: Answer(word, lambda word=word: self._set(Table.ACCESS_EDGE, "", {name: word}))  # type: ignore[misc]
                for key, word in zip(_DIGITS, others, strict=False)
            }
            self._dialogue.ask(f"{name} is {field.effective}.", answers, otherwise="leave it")
        else:
            self._type_setting(name, f"{name}, {field.form}:", written(field.effective))

    def _type_setting(self, name: str, label: str, text: str) -> None:
        self._dialogue.enter(label, lambda typed: self._setting_typed(name, typed), text)

    def _setting_typed(self, name: str, text: str) -> None:
        try:
            value: Any = typed_value(Table.ACCESS_EDGE, name, text, self._clock())
        except BadValue as error:
            self._type_setting(name, f"{name} {error.message}; again:", text)
        else:
            self._set(Table.ACCESS_EDGE, "", {name: value})

    def remove(self, screen: ConsoleScreen) -> None:
        """Ask about removing the record, or dismissing what was only seen; in a form, put the field to its default."""
        key = screen.table.cursor_key or ""
        table, name, field, _ = screen.subject(key)
        if screen.NAME == "form":
            self.form.clear(key)
        elif field:
            self._set(Table.ACCESS_EDGE, "", {field: None})
        elif table is None or find(self._saved, table, name) is None:
            if table is not Table.DOMAIN or not self._dismissal.ask(name):
                self._dialogue.say("there is no record here to remove", Style.MUTED)
        else:
            self._changes.propose(
                f"remove {record_name(table, name)}", lambda store: records.remove(store, table, [name])
            )

    def enable(self, screen: ConsoleScreen) -> None:
        """Ask about a provider's switch the other way round."""
        key = screen.table.cursor_key or ""
        partner = partners.find(self._saved, key)
        if isinstance(partner, HostingProvider | PublicProvider):
            self._set(partners.TABLES[partners.kind(partner)], partner.name, {"enabled": not partner.enabled})
        else:
            self._dialogue.say("only providers have a switch; an XMPP partner is removed by delete", Style.MUTED)

    def negotiation(self, screen: ConsoleScreen) -> None:
        """Show the ways an XMPP partner can be spoken with, and ask for one."""
        from edgeconsole.actions.federate.xmpp import PRESETS

        key = screen.table.cursor_key or ""
        partner = partners.find(self._saved, key)
        if not isinstance(partner, XmppPartner):
            self._dialogue.say("only XMPP partners negotiate TLS, SASL and dialback", Style.MUTED)
            return
        triples = [(each.name, each.help, each.tls, each.sasl, each.dialback) for each in PRESETS]
        screen.show_why(Why(key, presets.lines(partner, triples), "NEGOTIATION"))
        name = partner.name
        answers = {
            digit: Answer(
                preset.name,
                lambda preset=preset: self._set(  # type: ignore[misc]
                    Table.XMPP_PARTNER,
                    name,
                    {"tls": preset.tls.value, "sasl": preset.sasl.value, "dialback": preset.dialback},
                ),
            )
            for digit, preset in zip(_DIGITS, PRESETS, strict=False)
        }
        self._dialogue.ask(f"{name}: which way?", answers)

    def flags(self, screen: ConsoleScreen) -> None:
        """Ask which right of a policy to turn, then turn it."""
        subject = screen.subject(screen.table.cursor_key or "")
        if subject.table is not Table.POLICY:
            self._dialogue.say(f"rights belong to policies: {keycap('view.tab')} goes to their list", Style.MUTED)
            return
        name = subject.key
        policy = next((each for each in self._saved.policies if each.id == name), GLOBAL)
        answers = {
            flag.key: Answer(
                f"{flag.word} {'yes' if getattr(policy, flag.field) else 'no'}",
                lambda field=flag.field: self._set(Table.POLICY, name, {field: not getattr(policy, field)}),  # type: ignore[misc]
            )
            for flag in FLAGS
        }
        self._dialogue.ask(f"{name}: turn which?", answers)

    def person(self, screen: ConsoleScreen) -> None:
        """Let a person be typed, show what is in force for them, and offer another policy."""
        assert isinstance(screen, PoliciesScreen)
        self._type_person(screen, "person:", "")

    def _type_person(self, screen: PoliciesScreen, label: str, text: str) -> None:
        self._dialogue.enter(label, lambda typed: self.person_typed(screen, typed), text, kept="person")

    def person_typed(self, screen: PoliciesScreen, text: str) -> None:
        """Show what is in force for a person, and offer another policy."""
        from edgeconsole.config.schema import shape_of

        ours = self._saved.sip_domains
        if not text:
            self._dialogue.say("nothing changed")
            return
        full = f"{text}@{ours[0].name}" if "@" not in text and ours else text
        try:
            user = str(shape_of(Table.POLICY_GRANT).fields["user"].kind.read(full))
        except BadValue as error:
            self._type_person(screen, f"{error.message}; person:", text)
            return
        screen.look_at_user(user)
        self._offer_policies(user)

    def _offer_policies(self, user: str) -> None:
        index = PolicyIndex.compile(self._saved)
        granted = index.grants.get(user)
        offered = [policy.id for policy in self._saved.policies if policy.id.startswith("user:")]
        others = [name for name in offered if name != granted]
        if self._changes.reason_against is not None or not index.managed:
            self._dialogue.say("")
            return
        answers = {
            digit: Answer(name, lambda name=name: self._grant(user, name))  # type: ignore[misc]
            for digit, name in zip(_DIGITS, others, strict=False)
        }
        if len(others) > len(_DIGITS):
            answers["o"] = Answer("another", lambda: self._type_policy(user, "policy:", "user:"))
        if granted is not None:
            answers["r"] = Answer(f"take {granted} away", lambda: self._revoke(user))
        if not answers:
            self._dialogue.say("no user policy exists that could be given; n in the list of policies makes one")
            return
        self._dialogue.ask(f"{user}: {index.winner(user).id} is in force. Give:", answers, otherwise="leave it so")

    def _type_policy(self, user: str, label: str, text: str) -> None:
        self._dialogue.enter(label, lambda typed: self._policy_typed(user, typed), text)

    def _policy_typed(self, user: str, text: str) -> None:
        if all(policy.id != text for policy in self._saved.policies) or not text.startswith("user:"):
            self._type_policy(user, f"there is no user policy {text}; policy:", text)
        else:
            self._grant(user, text)

    def _grant(self, user: str, policy: str) -> None:
        self._changes.propose(
            f"give {user} {policy}",
            lambda store: records.grant(store, user, policy),
            back=lambda: self._offer_policies(user),
        )

    def _revoke(self, user: str) -> None:
        self._changes.propose(f"take {user}'s policy away", lambda store: records.revoke(store, user))

    def _set(self, table: Table, key: str, fields: Mapping[str, FieldValue]) -> None:
        what = ", ".join(fields)
        self._changes.propose(
            f"{record_name(table, key)} {what}", lambda store: records.set_fields(store, table, key, fields)
        )

    @property
    def _saved(self) -> Configuration:
        return self._store.snapshot.configuration
