"""People: organizations, persons and their roles, access, and what takes a second person."""

from __future__ import annotations

from ledger.capability import Capability
from ledger.clock import Clock
from ledger.deployment import Deployment
from ledger.people import forgetting
from ledger.people.access import (
    AcceptInvitation,
    EndToken,
    IssueToken,
    SendInvitation,
    WithdrawInvitation,
)
from ledger.people.access_tokens import AccessToken, Invitation, secret_id
from ledger.people.authority import GrantedAuthority
from ledger.people.clocks import ClockPutRight, PutClockRight
from ledger.people.deploying import (
    AdoptPolicy,
    DeploymentMoved,
    FoundDeployment,
    MoveDeployment,
)
from ledger.people.organizations import NETWORK_ID, Organization, OrganizationKind
from ledger.people.persons import Ground, Person
from ledger.people.proposals import Proposal
from ledger.people.proposing import (
    ConfirmProposal,
    ErasePerson,
    ProposeErasure,
    RefuseProposal,
    RepeatErasure,
    StopProposal,
)
from ledger.people.registering import (
    Founded,
    FoundNetwork,
    Registered,
    RegisterOrganization,
    RegisterPerson,
)
from ledger.people.roles import (
    GrantRole,
    PublishProfile,
    RevokeRole,
    RoleWithin,
    caller_of,
    own_unit,
)
from ledger.policy import ROLES, Policy
from ledger.policy_in_force import PolicyInForce

__all__ = [
    "CAPABILITY",
    "NETWORK_ID",
    "AcceptInvitation",
    "AccessToken",
    "AdoptPolicy",
    "ClockPutRight",
    "ConfirmProposal",
    "DeploymentMoved",
    "EndToken",
    "ErasePerson",
    "FoundDeployment",
    "FoundNetwork",
    "Founded",
    "GrantRole",
    "GrantedAuthority",
    "Ground",
    "Invitation",
    "IssueToken",
    "MoveDeployment",
    "Organization",
    "OrganizationKind",
    "Person",
    "Proposal",
    "ProposeErasure",
    "PublishProfile",
    "PutClockRight",
    "RefuseProposal",
    "RegisterOrganization",
    "RegisterPerson",
    "Registered",
    "RepeatErasure",
    "RevokeRole",
    "RoleWithin",
    "SendInvitation",
    "StopProposal",
    "WithdrawInvitation",
    "caller_of",
    "own_unit",
    "secret_id",
]

_ADMINISTRATOR = ("administrator",)

CAPABILITY = Capability(
    name="people",
    aggregates=(
        Deployment,
        PolicyInForce,
        Clock,
        Organization,
        Person,
        AccessToken,
        Invitation,
        Proposal,
    ),
    commands=(
        FoundDeployment,
        MoveDeployment,
        FoundNetwork,
        AdoptPolicy,
        PutClockRight,
        RegisterOrganization,
        RegisterPerson,
        GrantRole,
        RevokeRole,
        PublishProfile,
        IssueToken,
        EndToken,
        SendInvitation,
        WithdrawInvitation,
        AcceptInvitation,
        ProposeErasure,
        ConfirmProposal,
        RefuseProposal,
        StopProposal,
        ErasePerson,
        RepeatErasure,
    ),
    permissions={
        "deployment.found": ("system",),
        "deployment.move": ("system",),
        "network.found": ("system",),
        "policy.adopt": ("system",),
        "clock.put-right": ("system",),
        "organization.register": _ADMINISTRATOR,
        "person.register": _ADMINISTRATOR,
        "role.grant": _ADMINISTRATOR,
        "role.revoke": _ADMINISTRATOR,
        "profile.publish": ("educator",),
        "token.issue": ROLES,
        "token.end": ROLES,
        "token.end-others": _ADMINISTRATOR,
        "invitation.send": (*_ADMINISTRATOR, "system"),
        "invitation.withdraw": _ADMINISTRATOR,
        "invitation.accept": ROLES,
        "erasure.propose": _ADMINISTRATOR,
        "proposal.confirm": _ADMINISTRATOR,
        "proposal.refuse": _ADMINISTRATOR,
        "proposal.stop": _ADMINISTRATOR,
        "person.erase": ("process",),
        "erasure.repeat": ("system",),
        "people.read": ("programme-manager", "administrator"),
        "deployment.read": _ADMINISTRATOR,
    },
    processes=(forgetting.PROCESS,),
    values=(Policy,),
    problems={
        "address-is-ours": "That is an address of this ledger",
        "clock-behind": "This server's clock is behind the log",
        "clock-right": "The log is not ahead of time",
        "bad-email": "Not an e-mail address",
        "bad-name": "Not a name",
        "edition-not-newer": "That edition of the rules is not newer",
        "email-taken": "Somebody is registered with this address",
        "has-begun": "The person has used an invitation already",
        "invitation-life": "An invitation cannot live that long",
        "invitation-over": "The invitation can be used no more",
        "network-exists": "The ledger has its network already",
        "organization-misplaced": "Such a unit does not belong there",
        "person-erased": "The person's data was erased",
        "proposal-not-due": "It can still be stopped",
        "proposal-over": "The proposal is no longer open",
        "role-already-held": "The role is held already",
        "role-not-held": "The person does not hold that role",
        "roles-exclude-each-other": "These roles exclude each other",
        "token-ended": "The token was ended already",
        "token-life": "A token cannot live that long",
        "token-taken": "There is such a token already",
    },
)
