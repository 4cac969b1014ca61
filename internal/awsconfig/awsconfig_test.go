package awsconfig_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/internal/awsconfig"
)

// sts hands out keys that are named after the role, and notes who asked for it.
func sts(t *testing.T) (asked *[]string) {
	t.Helper()
	asked = &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		by := "nobody"
		if _, scope, signed := strings.Cut(r.Header.Get("Authorization"), "Credential="); signed {
			parts := strings.Split(scope, "/")
			by = parts[0] + "@" + parts[2]
		}
		action := r.Form.Get("Action")
		*asked = append(*asked, fmt.Sprintf("%s %s as %s by %s", action, r.Form.Get("RoleArn"), r.Form.Get("RoleSessionName"), by))
		_, name, _ := strings.Cut(r.Form.Get("RoleArn"), "/")
		fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult><Credentials><AccessKeyId>%[2]s</AccessKeyId>
<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></%[1]sResult></%[1]sResponse>`, action, name)
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
	return asked
}

// environment is that of somebody who works in another account and region.
func environment(t *testing.T) {
	t.Helper()
	shared := filepath.Join(t.TempDir(), "config")
	text := "[profile team]\nregion = eu-north-1\naws_access_key_id = PROFILE\naws_secret_access_key = s\n"
	if err := os.WriteFile(shared, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for variable, value := range map[string]string{
		"AWS_CONFIG_FILE": shared, "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(filepath.Dir(shared), "none"),
		"AWS_ACCESS_KEY_ID": "ENVIRONMENT", "AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "us-west-2", "AWS_PROFILE": "",
	} {
		t.Setenv(variable, value)
	}
}

func lookup(values map[string]string) func(string) (string, bool) {
	return func(key string) (string, bool) { value, given := values[key]; return value, given }
}

// The configuration goes before the environment, as the AWS plugin has it.
func TestTheConfigurationDecidesAccountAndRegion(t *testing.T) {
	const arn = "arn:aws:iam::111122223333:role/"
	for name, test := range map[string]struct {
		values      map[string]string
		key, region string
		asked       string
	}{
		"nothing":            {nil, "ENVIRONMENT", "us-west-2", ""},
		"region":             {map[string]string{"aws:region": "eu-west-1"}, "ENVIRONMENT", "eu-west-1", ""},
		"profile":            {map[string]string{"aws:profile": "team", "aws:region": "eu-west-1"}, "PROFILE", "eu-west-1", ""},
		"key":                {map[string]string{"aws:accessKey": "FIXED", "aws:secretKey": "s"}, "FIXED", "us-west-2", ""},
		"role":               {map[string]string{"aws:region": "eu-west-1", "aws:assumeRole": `{"roleArn": "` + arn + `deploy", "sessionName": "me", "duration": "1h"}`}, "deploy", "eu-west-1", "AssumeRole " + arn + "deploy as me by ENVIRONMENT@eu-west-1"},
		"role of a profile":  {map[string]string{"aws:profile": "team", "aws:stsRegion": "us-east-1", "aws:assumeRole": `{"roleArn": "` + arn + `deploy", "sessionName": "me"}`}, "deploy", "us-west-2", "AssumeRole " + arn + "deploy as me by PROFILE@us-east-1"},
		"role for a token":   {map[string]string{"aws:assumeRoleWithWebIdentity": `{"roleArn": "` + arn + `job", "sessionName": "me", "webIdentityToken": "x"}`}, "job", "us-west-2", "AssumeRoleWithWebIdentity " + arn + "job as me by nobody"},
		"key of shared file": {map[string]string{"aws:profile": "other", "aws:sharedConfigFiles": `["FILE"]`}, "OTHER", "us-west-2", ""},
	} {
		t.Run(name, func(t *testing.T) {
			environment(t)
			asked := sts(t)
			other := filepath.Join(t.TempDir(), "shared")
			if err := os.WriteFile(other, []byte("[profile other]\naws_access_key_id = OTHER\naws_secret_access_key = s\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			for key, value := range test.values {
				test.values[key] = strings.Replace(value, "FILE", other, 1)
			}
			settings, err := awsconfig.Parse(lookup(test.values))
			if err != nil {
				t.Fatal(err)
			}
			loaded, err := settings.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			used, err := loaded.Credentials.Retrieve(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if used.AccessKeyID != test.key || loaded.Region != test.region {
				t.Errorf("key %s in %s, want %s in %s", used.AccessKeyID, loaded.Region, test.key, test.region)
			}
			if got := strings.Join(*asked, "; "); got != test.asked {
				t.Errorf("asked %q, want %q", got, test.asked)
			}
			if own := name != "nothing" && name != "region"; settings.Own() != own {
				t.Errorf("own credentials: %v", settings.Own())
			}
		})
	}
}

func TestBadKeysAreNamed(t *testing.T) {
	_, err := awsconfig.Parse(lookup(map[string]string{
		"aws:accessKey":                 "x",
		"aws:assumeRoles":               "[]",
		"aws:assumeRole":                `{"duration": "long"}`,
		"aws:assumeRoleWithWebIdentity": `{"role": "x"}`,
		"aws:sharedConfigFiles":         "file",
	}))
	for _, want := range []string{
		"aws:accessKey and aws:secretKey go together", "write the role as aws:assumeRole", "aws:assumeRole: roleArn is missing",
		`aws:assumeRole: duration: "long" is not a time such as 1h`, `aws:assumeRoleWithWebIdentity can't be read: json: unknown field "role"`, "aws:sharedConfigFiles can't be read",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}
