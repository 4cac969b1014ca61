"""Documents of Systems Manager."""

import json

import pytest
from botocore.exceptions import ClientError

CONTENT = {"schemaVersion": "1.0", "description": "a shell", "sessionType": "Standard_Stream", "inputs": {}}


@pytest.fixture(scope="module")
def ssm(extension):
    return extension.client("ssm")


@pytest.fixture
def document(ssm):
    made = ssm.create_document(
        Name="session", DocumentType="Session", Content=json.dumps(CONTENT), Tags=[{"Key": "a", "Value": "b"}]
    )["DocumentDescription"]
    yield made
    ssm.delete_document(Name="session")


def refused(code, call, **arguments):
    with pytest.raises(ClientError) as problem:
        call(**arguments)
    assert problem.value.response["Error"]["Code"] == code
    return problem.value.response["Error"]["Message"]


def test_a_document_reads_back_as_given(ssm, document):
    got = ssm.describe_document(Name="session")["Document"]
    assert (got["DocumentType"], got["SchemaVersion"], got["Status"]) == ("Session", "1.0", "Active")
    assert (got["Description"], got["DefaultVersion"], got["Hash"]) == ("a shell", "1", document["Hash"])
    assert json.loads(ssm.get_document(Name="session")["Content"]) == CONTENT
    (listed,) = ssm.list_documents(Filters=[{"Key": "DocumentType", "Values": ["Session"]}])["DocumentIdentifiers"]
    assert listed["Name"] == "session"
    assert ssm.list_documents(Filters=[{"Key": "Name", "Values": ["other"]}])["DocumentIdentifiers"] == []


def test_versions(ssm, document):
    changed = json.dumps({**CONTENT, "description": "another"})
    made = ssm.update_document(Name="session", Content=changed, DocumentVersion="$LATEST")["DocumentDescription"]
    assert (made["DocumentVersion"], made["DefaultVersion"]) == ("2", "1")
    assert json.loads(ssm.get_document(Name="session")["Content"]) == CONTENT
    ssm.update_document_default_version(Name="session", DocumentVersion="2")
    assert ssm.get_document(Name="session")["Content"] == changed
    update = ssm.update_document
    refused("DuplicateDocumentContent", update, Name="session", Content=changed, DocumentVersion="$LATEST")
    refused("InvalidDocumentVersion", update, Name="session", Content="{}", DocumentVersion="1")
    refused("InvalidDocumentVersion", ssm.get_document, Name="session", DocumentVersion="9")


def test_tags_and_sharing(ssm, document):
    of_document = {"ResourceType": "Document", "ResourceId": "session"}
    ssm.add_tags_to_resource(**of_document, Tags=[{"Key": "c", "Value": "d"}])
    ssm.remove_tags_from_resource(**of_document, TagKeys=["a"])
    assert ssm.list_tags_for_resource(**of_document)["TagList"] == [{"Key": "c", "Value": "d"}]
    share = {"Name": "session", "PermissionType": "Share"}
    ssm.modify_document_permission(**share, AccountIdsToAdd=["111111111111", "222222222222"])
    ssm.modify_document_permission(**share, AccountIdsToRemove=["111111111111"])
    assert ssm.describe_document_permission(**share)["AccountIds"] == ["222222222222"]


def test_bad_requests_are_refused(ssm, document):
    create = ssm.create_document
    refused("DocumentAlreadyExists", create, Name="session", Content="{}")
    assert "schemaVersion" in refused("InvalidDocumentContent", create, Name="other", Content="{}")
    refused("InvalidDocumentContent", create, Name="other", Content="{")
    assert "does not exist" in refused("InvalidDocument", ssm.describe_document, Name="none")
    refused("InvalidResourceId", ssm.list_tags_for_resource, ResourceType="Document", ResourceId="none")


def test_parameters_have_their_own_tags(ssm):
    ssm.put_parameter(Name="/p", Value="v", Type="String", Tags=[{"Key": "a", "Value": "b"}])
    found = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/p")
    assert found["TagList"] == [{"Key": "a", "Value": "b"}]
