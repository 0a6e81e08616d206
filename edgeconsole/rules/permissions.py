"""What a policy lets a person do, and what a kind of partner can do at all."""

from datetime import date

from edgeconsole.model.configuration import FederatedDomain, Policy, PublicProvider
from edgeconsole.model.terms import Modality, Platform
from edgeconsole.model.verdict import PartnerClass, Reason
from edgeconsole.rules.classify import Record
from edgeconsole.rules.modalities import Counterpart, Support, counterpart_of, ended, support

_MEDIA = frozenset({Modality.AUDIO, Modality.VIDEO})

_PUBLIC_WORDS = (
    ("skype", Counterpart.SKYPE),
    ("messenger", Counterpart.MESSENGER),
    ("msn", Counterpart.MESSENGER),
    ("live", Counterpart.MESSENGER),
    ("aol", Counterpart.AOL),
    ("aim", Counterpart.AOL),
    ("yahoo", Counterpart.YAHOO),
)
"""The public IM services by a word of their record's name, as the product's own entries are called."""


def denied_by(
    policy: Policy, partner_class: PartnerClass, modality: Modality | None, public_route: bool
) -> Reason | None:
    """Return why a policy does not let its holder reach a partner, or None (docs/rules.md 2.4, step 2)."""
    if partner_class is PartnerClass.PUBLIC_IM or (partner_class is PartnerClass.DEFAULT_ROUTE and public_route):
        if not policy.public_cloud:
            return Reason.POLICY_PUBLIC
        return Reason.POLICY_PUBLIC_AV if modality in _MEDIA and not policy.public_cloud_av else None
    if not policy.federation:
        return Reason.POLICY_FEDERATION
    return Reason.POLICY_XMPP if partner_class is PartnerClass.XMPP and not policy.xmpp else None


def counterpart(partner_class: PartnerClass, record: Record | None) -> Counterpart:
    """Return the row of the capability matrix for a partner."""
    if partner_class is PartnerClass.XMPP:
        return Counterpart.XMPP
    if partner_class in (PartnerClass.HOSTED, PartnerClass.SPLIT_DOMAIN):
        return Counterpart.MICROSOFT365
    if isinstance(record, PublicProvider):
        return public_service(record) or Counterpart.MESSENGER
    return counterpart_of(record.platform if isinstance(record, FederatedDomain) else Platform.UNKNOWN)


def public_service(provider: PublicProvider) -> Counterpart | None:
    """Return which of the public IM services a provider's record is for, by its name; None where it does not tell."""
    name = provider.name.lower()
    return next((found for word, found in _PUBLIC_WORDS if word in name), None)


def unsupported(
    partner_class: PartnerClass,
    record: Record | None,
    modality: Modality,
    parties: int,
    today: date | None,
    ours: Platform = Platform.UNKNOWN,
) -> Reason | None:
    """Return why a modality does not work between a partner and our own platform, or None."""
    other = counterpart(partner_class, record)
    if today is not None and ended(other, today) is not None:
        return Reason.SERVICE_ENDED
    return Reason.MODALITY if support(other, modality, parties, ours) is Support.NO else None
