"""The whole way of a version: promoted, merged, completed, and back again."""


from wardround.deploy.stage_file import parse


def test_from_a_version_to_prod(ward):
    ward.release("v1.0.0")
    proposed = ward.promote("v1.0.0", "staging", reason="first version").proposed
    pull = ward.pull(proposed.pull)
    assert (pull.title, pull.head_branch) == (
        "Promote readmission v1.0.0 to staging",
        "promote/readmission/staging/v1.0.0",
    )
    assert "`@hospital/clinical-owners` (CODEOWNERS of `deploy/staging.yaml`)" in pull.body
    assert ward.stage_tags() == [], "nothing happens before the merge"
    merged = ward.merge(pull.number)
    (change,) = (one for _, one in ward.complete().changes)
    assert (change.tag, change.made, change.commit) == ("readmission#staging#1", True, merged)
    held = ward.state().at("staging")
    assert (held.version, held.record.pull, held.record.commit) == ("v1.0.0", pull.number, merged)
    assert ward.deployments() == [("staging", "readmission#staging#1", "success")]
    file = parse(ward.read("deploy/staging.yaml"), "deploy/staging.yaml")
    assert (file.reason, file.requested_by) == ("first version", "ada")
    assert held.record.reason == "first version"
    assert ward.complete().changes == (), "a second run finds nothing to do"
    assert ward.goes_live("v1.0.0", "prod") == "readmission#prod#2"
