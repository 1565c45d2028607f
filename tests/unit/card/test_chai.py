"""The CHAI card: valid by the structure of schema v0.2, with the published estimates and intervals."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from lxml import etree

sys.path.insert(0, str(Path(__file__).resolve().parent))

import card_sample as made

from wardround.card import chai
from wardround.card.schema import Card
from wardround.disclosure import Inside, disclose

EVERYTHING = made.facts()
NS = {"mc": chai.NAMESPACE}
#: Elements of schema v0.2 in their order. ``?``: at most once and not needed; ``*``: any number; ``+``: at least one; ``:`` has parts of its own.
STRUCTURE = {
    "AppliedModelCard": "BasicInfo: ReleaseInfo: ModelSummary: UsesAndDirections: Warnings: TrustIngredients: KeyMetrics: Resources: Bibliography",
    "BasicInfo": "ModelName ModelDeveloper DeveloperContact",
    "ReleaseInfo": "ReleaseStage ReleaseDate ReleaseVersion GlobalAvailability EHRCompatibility:? RegulatoryApproval?",
    "EHRCompatibility": "EHR*",
    "ModelSummary": "Summary Keywords:",
    "Keywords": "Keyword*",
    "UsesAndDirections": "IntendedUseAndWorkflow PrimaryIntendedUsers HowToUse TargetedPatientPopulation CautionedOutOfScopeSettings",
    "Warnings": "KnownRisksAndLimitations KnownBiasesOrEthicalConsiderations ClinicalRiskLevel",
    "TrustIngredients": "AISystemFacts: TransparencyInformation:",
    "AISystemFacts": (
        "OutcomesAndOutputs ModelType FoundationModels? InputDataSource OutputAndInputDataTypes DevelopmentDataCharacterization "
        "BiasMitigationApproaches OngoingMaintenance Security? Transparency?"
    ),
    "TransparencyInformation": "FundingSource ThirdPartyInformation? StakeholdersConsulted",
    "KeyMetrics": "UsefulnessUsabilityEfficacy:KeyMetric FairnessEquity:KeyMetric SafetyReliability:KeyMetric",
    "KeyMetric": "MetricGoal Results: Interpretation TestType TestingDataDescription ValidationProcessAndJustification",
    "Results": "MetricResult:+",
    "MetricResult": "Label ValueJson",
    "Resources": "EvaluationReferences? ClinicalTrial? PeerReviewedPublications ReimbursementStatus? PatientConsentOrDisclosure",
}
_OCCURS = {"?": 'minOccurs="0"', "*": 'minOccurs="0" maxOccurs="unbounded"', "+": 'maxOccurs="unbounded"'}


def _element(word: str) -> str:
    occurs = _OCCURS.get(word[-1], "")
    name, parts, kind = word.rstrip("?*+").partition(":")
    return f'<xs:element name="{name}" type="{f"mc:{kind or name}Type" if parts else "xs:string"}" {occurs}/>'


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    types = "".join(
        f'<xs:complexType name="{name}Type"><xs:sequence>{"".join(map(_element, words.split()))}</xs:sequence></xs:complexType>'
        for name, words in STRUCTURE.items()
    )
    return etree.XMLSchema(
        etree.fromstring(
            f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:mc="{chai.NAMESPACE}" elementFormDefault="qualified" '
            f'targetNamespace="{chai.NAMESPACE}">{types}<xs:element name="AppliedModelCard" type="mc:AppliedModelCardType"/></xs:schema>'
        )
    )


CARDS = {
    "empty": (Card(), EVERYTHING),
    "full": (made.full(), EVERYTHING),
    "odd characters": (
        Card.model_validate(
            {
                "purpose": {
                    "summary": "a\x00b\x0b <&> ]]> \ud83c\udfe5".encode("utf-16", "surrogatepass").decode("utf-16")
                }
            }
        ),
        EVERYTHING,
    ),
    "nothing published": (made.full(), made.facts(published=disclose(Inside()))),
    "nothing released": (Card(), made.facts(made=None, contract=None, sizes=())),
}


@pytest.mark.parametrize("name", CARDS)
def test_the_document_is_valid(name: str, schema: etree.XMLSchema) -> None:
    document = etree.fromstring(chai.xml(*CARDS[name]))
    assert schema.validate(document), schema.error_log


def test_the_structure_can_fail(schema: etree.XMLSchema) -> None:
    """The test's own schema refuses a document that lacks what it must have."""
    text = chai.xml(*CARDS["full"]).decode()
    for lost in ("ModelDeveloper", "Bibliography", "Interpretation"):
        document = etree.fromstring(text.encode())
        for element in document.findall(f".//mc:{lost}", NS):
            element.getparent().remove(element)
        assert not schema.validate(document)


def test_values_are_the_published_estimates_with_their_intervals() -> None:
    document = etree.fromstring(chai.xml(*CARDS["full"]))
    values = {
        result.findtext("mc:Label", namespaces=NS): json.loads(result.findtext("mc:ValueJson", namespaces=NS))
        for result in document.findall(".//mc:MetricResult", NS)
    }
    auroc = EVERYTHING.quantity("auroc")
    assert auroc is not None
    assert values["AUROC"] == {
        "kind": "estimate_ci", "estimate": auroc.value, "lower": auroc.low, "upper": auroc.high, "level": 95,
    }  # fmt: skip
    assert any(label.startswith("AUROC, sex: female") for label in values)
    assert not any("other" in label for label in values)  # that group is too small to be shown
    assert values["Groups assessed"]["value"] > 0


def test_what_nobody_has_written_is_listed() -> None:
    assert chai.missing(made.full()) == ()
    lacking = chai.missing(Card())
    assert "identity.developer" in lacking
    assert "governance.bibliography" not in lacking  # the schema wants the element and takes it empty
    assert "risks.security" not in lacking  # the schema does not want it
