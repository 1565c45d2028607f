"""What the CHAI applied model card consists of (schema v0.2): elements in the schema's order, each with where its text comes from."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.card.computed import data, model
from wardround.card.facts import Facts
from wardround.card.sheet import Compute, Computed


@dataclass(frozen=True)
class Leaf:
    """An element with text: from fields of the card, what is computed, or both; left out if it is empty and not required."""

    name: str
    fields: tuple[str, ...] = ()
    compute: Compute | None = None
    required: bool = True


@dataclass(frozen=True)
class Branch:
    """An element with elements, in the schema's order."""

    name: str
    parts: tuple[Leaf | Branch | Block, ...]


@dataclass(frozen=True)
class Block:
    """One of the three blocks of key metrics."""

    name: str
    goal: str
    interpretation: str


def _name(facts: Facts) -> Computed:
    return Computed((facts.params.project.title or facts.params.project.name,))


def _date(facts: Facts) -> Computed:
    return Computed((facts.origin.date if facts.origin.version else "Not released yet.",))


def _version(facts: Facts) -> Computed:
    return Computed((facts.origin.version or "Not released yet.",))


#: The whole document. Names, order and what is required are the schema's.
CARD = Branch(
    "AppliedModelCard",
    (
        Branch(
            "BasicInfo",
            (
                Leaf("ModelName", (), _name),
                Leaf("ModelDeveloper", ("identity.developer",)),
                Leaf("DeveloperContact", ("identity.contact",)),
            ),
        ),
        Branch(
            "ReleaseInfo",
            (
                Leaf("ReleaseStage", ("identity.release_stage",)),
                Leaf("ReleaseDate", (), _date),
                Leaf("ReleaseVersion", (), _version),
                Leaf("GlobalAvailability", ("identity.availability",)),
                Branch("EHRCompatibility", ()),
                Leaf("RegulatoryApproval", ("identity.regulatory",), required=False),
            ),
        ),
        Branch("ModelSummary", (Leaf("Summary", ("purpose.summary",)), Branch("Keywords", ()))),
        Branch(
            "UsesAndDirections",
            (
                Leaf("IntendedUseAndWorkflow", ("purpose.intended_use", "purpose.workflow")),
                Leaf("PrimaryIntendedUsers", ("purpose.intended_users",)),
                Leaf("HowToUse", ("purpose.how_to_use",)),
                Leaf("TargetedPatientPopulation", ("purpose.patient_population",)),
                Leaf("CautionedOutOfScopeSettings", ("purpose.out_of_scope",)),
            ),
        ),
        Branch(
            "Warnings",
            (
                Leaf("KnownRisksAndLimitations", ("risks.known",), model.limitations),
                Leaf("KnownBiasesOrEthicalConsiderations", ("risks.biases",)),
                Leaf("ClinicalRiskLevel", ("risks.clinical_risk_level",)),
            ),
        ),
        Branch(
            "TrustIngredients",
            (
                Branch(
                    "AISystemFacts",
                    (
                        Leaf("OutcomesAndOutputs", ("outcome.definition",), model.output),
                        Leaf("ModelType", (), model.kind),
                        Leaf("InputDataSource", ("data.source",), data.source),
                        Leaf("OutputAndInputDataTypes", (), data.dictionary),
                        Leaf("DevelopmentDataCharacterization", ("data.setting",), data.sizes),
                        Leaf("BiasMitigationApproaches", ("fairness.approach", "fairness.mitigation")),
                        Leaf("OngoingMaintenance", ("maintenance.monitoring",), model.updates),
                        Leaf("Security", ("risks.security",), required=False),
                        Leaf("Transparency", ("governance.transparency",), required=False),
                    ),
                ),
                Branch(
                    "TransparencyInformation",
                    (
                        Leaf("FundingSource", ("governance.funding",)),
                        Leaf("ThirdPartyInformation", ("governance.third_party",), required=False),
                        Leaf("StakeholdersConsulted", ("governance.stakeholders",)),
                    ),
                ),
            ),
        ),
        Branch(
            "KeyMetrics",
            (
                Block("UsefulnessUsabilityEfficacy", "validation.goal", "validation.interpretation"),
                Block("FairnessEquity", "validation.fairness_goal", "validation.fairness_interpretation"),
                Block("SafetyReliability", "validation.safety_goal", "validation.safety_interpretation"),
            ),
        ),
        Branch(
            "Resources",
            (
                Leaf("EvaluationReferences", ("validation.outcome_studies",), required=False),
                Leaf("ClinicalTrial", ("governance.trial",), required=False),
                Leaf("PeerReviewedPublications", ("governance.publications",)),
                Leaf("ReimbursementStatus", ("governance.reimbursement",), required=False),
                Leaf("PatientConsentOrDisclosure", ("governance.consent",)),
            ),
        ),
        Leaf("Bibliography", ("governance.bibliography",)),
    ),
)
