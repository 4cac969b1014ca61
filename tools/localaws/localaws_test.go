package localaws_test

import (
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/tools/localaws"
)

var plugin = localaws.Plugin("aws", "6.0.0")

func TestGuardWantsEveryEndpointOnThisMachine(t *testing.T) {
	const local = "AWS_ENDPOINT_URL=http://127.0.0.1:4566"
	for name, tt := range map[string]struct {
		environment []string
		refused     string // part of the error; empty: accepted
	}{
		"the local AWS":                     {[]string{"HOME=/root", local}, ""},
		"by name":                           {[]string{"AWS_ENDPOINT_URL=http://localhost:4566"}, ""},
		"IPv6":                              {[]string{"AWS_ENDPOINT_URL=http://[::1]:4566"}, ""},
		"a service there too":               {[]string{local, "AWS_ENDPOINT_URL_S3=http://127.0.0.1:4567"}, ""},
		"what is no endpoint":               {[]string{local, "AWS_USE_DUALSTACK_ENDPOINT=true", "AWS_STS_REGIONAL_ENDPOINTS=regional"}, ""},
		"instance metadata":                 {[]string{local, "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://169.254.169.254"}, ""},
		"configured endpoints are not off":  {[]string{local, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=false"}, ""},
		"nothing set":                       {nil, "AWS_ENDPOINT_URL is not set"},
		"empty":                             {[]string{"AWS_ENDPOINT_URL="}, "AWS_ENDPOINT_URL is not set"},
		"only one service":                  {[]string{"AWS_ENDPOINT_URL_S3=http://127.0.0.1:4566"}, "AWS_ENDPOINT_URL is not set"},
		"AWS":                               {[]string{"AWS_ENDPOINT_URL=https://ec2.us-east-1.amazonaws.com"}, "AWS_ENDPOINT_URL is ec2.us-east-1.amazonaws.com"},
		"another machine":                   {[]string{"AWS_ENDPOINT_URL=http://10.0.0.5:4566"}, "10.0.0.5:4566"},
		"a name that begins like localhost": {[]string{"AWS_ENDPOINT_URL=http://localhost.example.com"}, "localhost.example.com"},
		"an address in a user's name":       {[]string{"AWS_ENDPOINT_URL=http://127.0.0.1@example.com"}, "example.com"},
		"no URL":                            {[]string{"AWS_ENDPOINT_URL=127.0.0.1"}, "AWS_ENDPOINT_URL is no URL"},
		"one service at AWS":                {[]string{local, "AWS_ENDPOINT_URL_STS=https://sts.amazonaws.com"}, "AWS_ENDPOINT_URL_STS"},
		"Terraform's variable":              {[]string{local, "TF_AWS_IAM_ENDPOINT=https://iam.amazonaws.com"}, "TF_AWS_IAM_ENDPOINT"},
		"Terraform's older variable":        {[]string{local, "AWS_S3_ENDPOINT=https://s3.amazonaws.com"}, "AWS_S3_ENDPOINT"},
		"endpoints switched off":            {[]string{local, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=TRUE"}, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"},
	} {
		t.Run(name, func(t *testing.T) { wants(t, plugin.Guard(tt.environment), tt.refused) })
	}
}

func TestGuardRegistry(t *testing.T) {
	for name, refused := range map[string]string{
		"127.0.0.1:4566/app:tag":         "",
		"localhost:5000/app@sha256:abcd": "",
		"http://127.0.0.1:4566":          "",
		"app:tag":                        "",
		"team/app":                       "",
		"":                               "",
		"123456789012.dkr.ecr.us-east-1.amazonaws.com/app:tag":  "amazonaws.com",
		"https://123456789012.dkr.ecr.us-east-1.amazonaws.com":  "amazonaws.com",
		"https://123456789012.dkr.ecr.us-east-1.amazonaws.com/": "amazonaws.com",
		"registry:5000/app": "registry:5000",
	} {
		t.Run(name, func(t *testing.T) { wants(t, plugin.GuardRegistry(name), refused) })
	}
}

func TestGuardEndpoints(t *testing.T) {
	wants(t, plugin.GuardEndpoints(map[string]string{"aws:endpoints: s3": "http://127.0.0.1:4566", "aws:endpoints: ec2": ""}), "")
	wants(t, plugin.GuardEndpoints(map[string]string{"aws:endpoints: s3": "https://s3.amazonaws.com"}), "aws:endpoints: s3 is s3.amazonaws.com")
}

// wants compares an error with what part of it has to say; every refusal says
// what to do.
func wants(t *testing.T, err error, refused string) {
	t.Helper()
	switch {
	case refused == "" && err != nil:
		t.Errorf("got error %v, want none", err)
	case refused != "" && (err == nil || !strings.Contains(err.Error(), refused)):
		t.Errorf("got error %v, want one about %q", err, refused)
	case refused != "" && !strings.Contains(err.Error(), "`pulumi plugin install resource aws 6.0.0`"):
		t.Errorf("the error does not name the command: %v", err)
	}
}
