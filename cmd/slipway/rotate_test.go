package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRotateSecretKeySaysWhatItLacks(t *testing.T) {
	clean(t)
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		http.Error(w, `{"__type": "AccessDeniedException", "Message": "no"}`, http.StatusBadRequest)
	}))
	defer endpoint.Close()
	t.Setenv("AWS_ENDPOINT_URL", endpoint.URL)
	deployed := strings.Replace(outputs, "{", `{"secretKeyArn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:key-AbCdEf", "signatureHours": 12,`, 1)
	for name, test := range map[string]struct {
		outputs string
		more    []string
		want    string
	}{
		"of an earlier release": {outputs, nil, "not known of stack staging: --secret (SLIPWAY_SECRET_KEY, else output secretKeyArn), --signature-hours"},
		"no hours":              {deployed, []string{"--signature-hours", "a day"}, "--signature-hours must be a number of hours such as 12"},
		"no right":              {deployed, nil, "ask for secretsmanager:DescribeSecret, PutSecretValue and UpdateSecretVersionStage on arn:aws:secretsmanager:eu-west-1:111122223333:secret:key-AbCdEf"},
	} {
		code, _, errs := slipway(t, "", append([]string{"rotate-secret-key", "--stack", "staging", "--outputs", file(t, test.outputs)}, test.more...)...)
		if code != 1 || !strings.Contains(errs, test.want) {
			t.Errorf("%s: got %d: %s", name, code, errs)
		}
	}
}
