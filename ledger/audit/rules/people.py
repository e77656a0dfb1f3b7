"""Organizations, people, and micro-credentials."""

from __future__ import annotations

from ledger.achievements import MicroCredential
from ledger.audit.examiner import Examiner, redo
from ledger.audit.rules.words import is_founding, must, sealed_for
from ledger.deployment import Deployment
from ledger.endorsements import AcceptedEndorsements
from ledger.errors import NotPermitted
from ledger.organizations import NETWORK_ID, Organization
from ledger.people import AccessToken, Person
from ledger.record import Act


@redo(Deployment.Founded)
def _(x: Examiner, _record: None, e: Deployment.Founded, act: Act) -> Deployment:
    must((act.caller.role, act.command) == ("system", "deployment.found"), "nobody else founds it")
    must(x.position == 0, "a ledger begins with its founding")
    return Deployment.found(act, e.address, e.log, e.keys, e.vault)


@redo(Deployment.Moved)
def _(_x: Examiner, deployment: Deployment, e: Deployment.Moved, act: Act) -> Deployment:
    must((act.caller.role, act.command) == ("system", "deployment.move"), "its operator moves it")
    deployment.move(act, e.address)
    return deployment


@redo(Organization.Registered)
def _(x: Examiner, _record: None, e: Organization.Registered, act: Act) -> Organization:
    if e.parent is None:
        must(is_founding(act), "a network is founded by the deployment only")
        return Organization.found(act, e.name)
    x.authority.authorize(act, "organization.register", e.parent)
    parent = x.history.look(Organization, e.parent, "organization")
    return Organization.register(act, e.name, e.kind, parent)


@redo(Person.Registered)
def _(x: Examiner, _record: None, e: Person.Registered, act: Act) -> Person:
    if not is_founding(act):
        x.authority.authorize(act, "person.register", e.home)
    sealed_for(e.name, e.originator_id)
    sealed_for(e.email, e.originator_id)
    return Person.register(
        act, e.originator_id, home=e.home, handle=e.handle, name=e.name, email=e.email
    )


@redo(Person.RoleGranted)
def _(x: Examiner, person: Person, e: Person.RoleGranted, act: Act) -> Person:
    if is_founding(act):
        must((e.role, e.unit) == ("administrator", NETWORK_ID), "a founder administers")
    else:
        x.authority.authorize(act, "role.grant", e.unit)
        must(act.caller.person != person.id, "nobody grants a role to themselves")
    person.must_remain()
    person.grant_role(act, e.role, e.unit)
    return person


@redo(Person.RoleRevoked)
def _(x: Examiner, person: Person, e: Person.RoleRevoked, act: Act) -> Person:
    x.authority.authorize(act, "role.revoke", e.unit)
    person.revoke_role(act, e.role, e.unit)
    return person


@redo(Person.TokenIssued)
def _(x: Examiner, person: Person, e: Person.TokenIssued, act: Act) -> Person:
    x.authority.authorize_for(act, "token.issue", person.id, e.unit)
    if act.caller.person == person.id:
        must(e.role == act.caller.role, "a token for oneself is for the role that one acts in")
    sealed_for(e.label, person.id)
    person.issue_token(act, e.token, AccessToken(e.digest, e.role, e.unit, e.expires), e.label)
    return person


@redo(Person.TokenRevoked)
def _(x: Examiner, person: Person, e: Person.TokenRevoked, act: Act) -> Person:
    x.authority.authorize_for(act, "token.revoke", person.id, person.home)
    person.revoke_token(act, e.token)
    return person


@redo(Person.Qualified)
def _(x: Examiner, person: Person, e: Person.Qualified, act: Act) -> Person:
    micro = x.history.look(MicroCredential, e.micro_credential, "micro-credential")
    x.authority.authorize(act, "assessor.qualify", micro.owner)
    person.qualify(act, e.micro_credential)
    return person


@redo(Person.ConflictDeclared)
def _(x: Examiner, person: Person, e: Person.ConflictDeclared, act: Act) -> Person:
    must(act.caller.person == person.id, "a conflict is declared by whoever has it")
    if act.command != "review.recuse":
        _authorize_own(x, act, "conflict.declare")
    person.declare_conflict(act, e.educator)
    return person


@redo(Person.ProfilePublished)
@redo(Person.ProfileHidden)
def _(x: Examiner, person: Person, e: Person.Event, act: Act) -> Person:
    must(act.caller.person == person.id, "a profile is shown by whose it is")
    _authorize_own(x, act, "profile.publish")
    person.publish_profile(act, isinstance(e, Person.ProfilePublished))
    return person


@redo(Person.Erased)
def _(x: Examiner, person: Person, e: Person.Erased, act: Act) -> Person:
    if act.caller.role != "system":
        x.authority.authorize(act, "person.erase", person.home)
    must(act.caller.person != person.id, "nobody erases themselves")
    person.erase(act, e.ground)
    return person


@redo(MicroCredential.Defined)
def _(x: Examiner, _record: None, e: MicroCredential.Defined, act: Act) -> MicroCredential:
    x.authority.authorize(act, "micro-credential.define", e.owner)
    return MicroCredential.define(act, e.owner, e.definition)


@redo(MicroCredential.Revised)
def _(x: Examiner, micro: MicroCredential, e: MicroCredential.Revised, act: Act) -> MicroCredential:
    x.authority.authorize(act, "micro-credential.define", micro.owner)
    micro.revise(act, e.definition)
    return micro


@redo(MicroCredential.VersionPublished)
def _(
    x: Examiner, micro: MicroCredential, e: MicroCredential.VersionPublished, act: Act
) -> MicroCredential:
    x.authority.authorize(act, "micro-credential.publish", micro.owner)
    micro.publish(act)
    x.endorsable[AcceptedEndorsements.id_for(micro.id, e.number)] = (micro.id, e.number)
    return micro


@redo(MicroCredential.VersionRetired)
def _(
    x: Examiner, micro: MicroCredential, e: MicroCredential.VersionRetired, act: Act
) -> MicroCredential:
    x.authority.authorize(act, "micro-credential.retire", micro.owner)
    micro.retire(act, e.number)
    return micro


def _authorize_own(x: Examiner, act: Act, action: str) -> None:
    if act.caller.unit is None:
        raise NotPermitted("only a person may do this")
    x.authority.authorize(act, action, act.caller.unit)
