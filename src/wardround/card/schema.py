"""What ``governance/card.yaml`` may say: everything that only people know. Closed; each field carries its hint in plain language."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

#: Where a project keeps what people know of its model.
FILE = "governance/card.yaml"


class Part(BaseModel):
    """A closed, immutable part of the card. Empty means: nobody has written it yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Words = Annotated[str, Field(max_length=8000)]
Names = Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=50)]
#: The variables that 45 CFR 170.315(b)(11)(iv)(A)(5) to (13) name.
Category = Literal[
    "race",
    "ethnicity",
    "language",
    "sexual_orientation",
    "gender_identity",
    "sex",
    "date_of_birth",
    "social_determinants",
    "health_status",
]


class Identity(Part):
    """Who made the model."""

    developer: Words = Field("", description="Who made it: the institution and the team.")
    contact: Words = Field(
        "", description="Where a question gets an answer: a team's address or page, not one person's."
    )
    licence: Words = Field("", description="Under which terms others may use the model.")
    release_stage: Literal["", "research", "silent trial", "pilot", "in use", "retired"] = Field(
        "", description="How far its use has come."
    )
    availability: Words = Field("", description="Where it may be used: this hospital, a region, countries.")
    health_records: Names = Field((), description="Record systems that it works with.")
    regulatory: Words = Field(
        "", description="Approvals, if there are any. If not: why none is needed, and who decided that."
    )


class Purpose(Part):
    """What the model is for."""

    summary: Words = Field("", description="Three sentences for somebody who has never heard of it.")
    keywords: Names = Field((), description="Words that people search by.")
    intended_use: Words = Field("", description="Which question it answers, at which moment of care.")
    workflow: Words = Field("", description="Who sees the answer where, and what happens next.")
    intended_users: Words = Field("", description="Who acts on it, and with which training.")
    patient_population: Words = Field("", description="For which patients.")
    decision_role: Literal["", "informs", "augments", "replaces"] = Field(
        "", description="Whether it informs, augments or replaces a decision that a clinician makes."
    )
    output_value: Words = Field("", description="What the output is worth to the person who gets it.")
    output_type: Literal["", "prediction", "classification", "recommendation", "evaluation", "analysis", "other"] = (
        Field("", description="What kind of answer it gives.")
    )
    how_to_use: Words = Field("", description="What a user does with the answer, step by step.")
    rationale: Words = Field("", description="Why such a model is needed; which ones exist already.")
    objectives: Words = Field("", description="What the study set out to do: develop, validate, or both.")
    out_of_scope: Words = Field("", description="Tasks, settings and patients for which it must not be used.")
    user_interaction: Words = Field("", description="What users must enter or check, and which expertise that needs.")
    poor_inputs: Words = Field("", description="What a user should do when inputs are missing or doubtful.")
    next_steps: Words = Field("", description="What is to be studied next.")


class Data(Part):
    """Where the data come from."""

    source: Words = Field("", description="Which systems the encounters come from, and why these.")
    setting: Words = Field("", description="Hospitals and wards, their number and place.")
    collection: Words = Field(
        "", description="How and by whom the values were recorded: routine care, a study, devices."
    )
    terms_of_use: Words = Field("", description="Under which agreement the data may be used, and for what.")
    eligibility: Words = Field("", description="Who is in and who is out, and the reason for each exclusion.")
    treatments: Words = Field("", description="Treatments that influence the outcome, and how they were dealt with.")
    quality_checks: Words = Field("", description="What was checked by people, beside the contract.")
    missing: Words = Field("", description="Why values are missing, and how that is dealt with.")
    representativeness: Words = Field("", description="How those in the data differ from those who will be scored.")
    relevance: Words = Field("", description="Why data of that time and place say something about today and here.")
    sample_size: Words = Field("", description="Why there are enough events for this model.")
    availability: Words = Field("", description="Who can get the data, and how.")
    categories: dict[Category, Names] = Field(
        default_factory=dict,
        description="Which columns hold race, sex, and so on. Without it, columns are found by their names.",
    )


class Outcome(Part):
    """What is predicted."""

    definition: Words = Field("", description="What counts as the event, and how it was found in the records.")
    horizon: Words = Field("", description="From when until when.")
    assessment: Words = Field("", description="Who or what decided that the event happened; the same for all groups?")
    blinding: Words = Field("", description="Whether they knew the predictors.")
    quality: Words = Field("", description="How often the label is wrong, and for whom.")
    predictors: Words = Field("", description="How the first list of predictors was chosen, and who measured them.")


class Risks(Part):
    """What may go wrong."""

    known: Words = Field("", description="Known risks and limitations, with what happens to a patient then.")
    biases: Words = Field("", description="Known biases and ethical concerns.")
    clinical_risk_level: Words = Field("", description="How bad a wrong answer is: low, moderate, high, and why.")
    management: Words = Field("", description="How risks are analysed and answered, and who is responsible.")
    oversight: Words = Field("", description="Who can overrule the model, how, and how they notice that they should.")
    security: Words = Field("", description="What protects service and data.")
    limitations: Words = Field("", description="Limitations of the study.")


class Fairness(Part):
    """What was done so that no group is worse off."""

    approach: Words = Field("", description="What fair means here, and why this measure.")
    mitigation: Words = Field("", description="What was done about differences.")
    inequalities: Words = Field("", description="Known health inequalities between groups in this field.")


class Validation(Part):
    """What was tested, by whom, and what it means."""

    goal: Words = Field("", description="Which numbers were wanted beforehand.")
    fairness_goal: Words = Field("", description="Which differences between groups were tolerated beforehand.")
    safety_goal: Words = Field("", description="Which calibration and reliability were wanted beforehand.")
    interpretation: Words = Field("", description="What the numbers mean for care; what they do not show.")
    fairness_interpretation: Words = Field("", description="What the differences between groups mean.")
    safety_interpretation: Words = Field("", description="What calibration and stability mean for use.")
    external_source: Words = Field(
        "", description="Other hospitals or years on which it was tested; none is an answer."
    )
    external_party: Words = Field("", description="Who did that test.")
    external_process: Words = Field("", description="How it was done.")
    outcome_studies: Words = Field("", description="Studies of what using it changed for patients, with links.")
    class_imbalance: Words = Field("", description="What was done because events are rare, if anything.")
    thresholds: Words = Field("", description="How the thresholds were chosen, and with whom.")


class Maintenance(Part):
    """What happens after the release."""

    monitoring: Words = Field("", description="Who looks at the monitor's reports, how often, and what they do then.")
    fairness_monitoring: Words = Field("", description="The same for differences between groups.")
    updates: Words = Field("", description="When the model is updated, and how users hear of it.")
    correction: Words = Field("", description="How fast a problem is corrected once it is known.")
    post_market: Words = Field("", description="The plan for following the model in use.")


class Governance(Part):
    """Money, ethics, people."""

    funding: Words = Field("", description="Who paid.")
    conflicts: Words = Field("", description="Conflicts of interest, or that there are none.")
    ethics: Words = Field("", description="The committee's approval, or why consent was waived.")
    protocol: Words = Field("", description="Where the protocol can be read.")
    registration: Words = Field("", description="Where the study is registered.")
    patient_involvement: Words = Field("", description="How patients took part.")
    stakeholders: Words = Field("", description="Who was asked: clinicians, patients, managers.")
    consent: Words = Field("", description="What patients are told, and whether they can refuse.")
    publications: Words = Field("", description="Peer-reviewed publications.")
    trial: Words = Field("", description="Clinical trials.")
    reimbursement: Words = Field("", description="Whether its use is paid for.")
    third_party: Words = Field("", description="Software, models and data of others.")
    transparency: Words = Field("", description="What users can look up about an answer.")
    standards: Words = Field("", description="Standards that were applied, in full or in part.")
    conformity: Words = Field("", description="The declaration of conformity, if there is one.")
    bibliography: Words = Field("", description="References, as BibTeX.")


class Card(Part):
    """The whole file."""

    schema_version: Literal[1] = 1
    identity: Identity = Identity()
    purpose: Purpose = Purpose()
    data: Data = Data()
    outcome: Outcome = Outcome()
    risks: Risks = Risks()
    fairness: Fairness = Fairness()
    validation: Validation = Validation()
    maintenance: Maintenance = Maintenance()
    governance: Governance = Governance()

    def text(self, field: str) -> str:
        """A field as one text; empty where nobody has written it, or only that it is still to do."""
        section, _, name = field.partition(".")
        value = getattr(getattr(self, section), name)
        words = ", ".join(value) if isinstance(value, tuple | dict) else str(value)
        return "" if words.strip().upper().startswith("TODO") else words.strip()


def hint(field: str) -> str:
    """What to write there, in plain language."""
    section, _, name = field.partition(".")
    part = Card.model_fields[section].annotation
    assert part is not None
    return str(part.model_fields[name].description)


def fields() -> tuple[str, ...]:
    """Every field of the card as ``section.name``, in the file's order."""
    found = []
    for section, info in Card.model_fields.items():
        part = info.annotation
        if isinstance(part, type) and issubclass(part, BaseModel):
            found += [f"{section}.{name}" for name in part.model_fields]
    return tuple(found)
