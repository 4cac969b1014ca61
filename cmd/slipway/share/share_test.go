package share

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

const state = `{"version": 3, "checkpoint": {"stack": "organization/slipway/staging", "latest": {
  "manifest": {"version": "v3.259.0"},
  "secrets_providers": {"type": "cloud", "state": {"url": "awskms://alias/a", "encryptedkey": "OPENS-ALL"}},
  "pending_operations": [{"type": "updating", "resource": {"inputs": {"a": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "CIPHER-0"}}}}],
  "resources": [
    {"urn": "urn:pulumi:staging::slipway::pulumi:pulumi:Stack::slipway-staging", "type": "pulumi:pulumi:Stack",
     "outputs": {"url": "https://example.com", "key": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "CIPHER-1"}}},
    {"urn": "urn:pulumi:staging::slipway::pulumi:providers:aws::default", "type": "pulumi:providers:aws",
     "inputs": {"region": "us-east-1", "secretKey": "PLAIN-1"}},
    {"urn": "urn:pulumi:staging::slipway::aws:x/y:Z::a", "type": "aws:x/y:Z",
     "inputs": {"size": 9007199254740993, "list": [{"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "CIPHER-2"}], "manageMasterUserPassword": true},
     "outputs": {"authConfig": {"address": "a", "password": "PLAIN-2", "username": ""}}}
  ]}}}`

func TestCopyHasNoSecretAndNothingThatOpensOne(t *testing.T) {
	written := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	c, err := Of("staging", []byte(state), written)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"CIPHER", "PLAIN", "OPENS-ALL", "encryptedkey", "ciphertext", "secrets_providers", "pending_operations"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the copy holds %s: %s", secret, text)
		}
	}
	// All else is as it was: a changed number or flag would be a difference.
	for _, kept := range []string{`"size":9007199254740993`, `"manageMasterUserPassword":true`, `"username":""`, `"region":"us-east-1"`, `"list":["[secret]"]`, `"version":3`, `"written":"2026-11-30T09:00:00Z"`} {
		if !strings.Contains(string(text), kept) {
			t.Errorf("the copy lacks %s: %s", kept, text)
		}
	}
	again, err := Read("staging", text)
	if err != nil {
		t.Fatal(err)
	}
	if outputs := again.Outputs(); outputs["url"] != "https://example.com" || outputs["key"] != "[secret]" {
		t.Errorf("got %v", outputs)
	}
}

func TestWhatIsNoStateIsNotShared(t *testing.T) {
	for _, text := range []string{"", "{}", `{"version": 3, "checkpoint": {"stack": "a"}}`} {
		if _, err := Of("staging", []byte(text), time.Time{}); err == nil || !strings.Contains(err.Error(), "make state-restore") {
			t.Errorf("%q: got %v", text, err)
		}
	}
	if _, err := Read("staging", []byte("{}")); err == nil || !strings.Contains(err.Error(), "deploy the stack") {
		t.Errorf("got %v", err)
	}
}

// A secret of nothing is nothing: a mark in its place would be a difference of every
// database that keeps its password elsewhere.
func TestASecretOfNothingStaysNothing(t *testing.T) {
	encrypted := func(plain string) map[string]any {
		text := base64.StdEncoding.EncodeToString(make([]byte, len(plain)+16))
		return map[string]any{"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:bm9uY2U=:" + text}
	}
	got := scrub(map[string]any{"empty": encrypted(`""`), "null": encrypted("null"), "short": encrypted(`"a"`), "long": encrypted(`"a long one"`)})
	if want := map[string]any{"empty": "", "null": nil, "short": "[secret]", "long": "[secret]"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
}
