package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestALeaseIsRefusedWhenItCanNotBeKept(t *testing.T) {
	nobody := httptest.NewServer(http.NotFoundHandler())
	nobody.Close()
	for name, test := range map[string]struct {
		backend string
		args    []string
		want    []string
	}{
		"no command":         {"s3://state", []string{"lease", "--stack", "staging", "--operation", "up"}, []string{"no command is given", "put it after --"}},
		"no operation":       {"s3://state", []string{"lease", "--stack", "staging", "--", "true"}, []string{`"operation" not set`}},
		"no backend":         {"", []string{"lease", "--stack", "staging", "--operation", "up", "--", "true"}, []string{`PULUMI_BACKEND_URL is ""`, "make bootstrap"}},
		"a file":             {"file://state", []string{"state", "history", "--stack", "staging"}, []string{"not an S3 bucket"}},
		"too short":          {"s3://state", []string{"lease", "--stack", "staging", "--operation", "up", "--ttl", "1s", "--", "true"}, []string{"--ttl 1s", "8s or more"}},
		"no bucket":          {"s3://state?s3ForcePathStyle=true", []string{"lease", "--stack", "staging", "--operation", "up", "--", "true"}, []string{"the state bucket state can't be reached, nothing was changed", "make bootstrap"}},
		"history of nothing": {"s3://state?s3ForcePathStyle=true", []string{"state", "history", "--stack", "staging"}, []string{"the state bucket state can't be reached"}},
		"restore no version": {"s3://state", []string{"state", "restore", "--stack", "staging"}, []string{`"version" not set`}},
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			t.Chdir("../..")
			t.Setenv("AWS_REGION", "us-east-1")
			t.Setenv("AWS_ENDPOINT_URL", nobody.URL)
			t.Setenv("AWS_MAX_ATTEMPTS", "1")
			t.Setenv("PULUMI_BACKEND_URL", test.backend)
			code, out, errs := slipway(t, "", test.args...)
			if code != 1 || out != "" {
				t.Errorf("got %d, %q", code, out)
			}
			for _, want := range test.want {
				if !strings.Contains(errs, want) {
					t.Errorf("%q is not in %q", want, errs)
				}
			}
		})
	}
}

func TestABadDurationInTheEnvironmentIsNamed(t *testing.T) {
	clean(t)
	t.Setenv("SLIPWAY_LEASE_WAIT", "soon")
	code, _, errs := slipway(t, "", "lease", "--stack", "staging", "--operation", "up", "--", "true")
	if code != 1 || !strings.Contains(errs, "SLIPWAY_LEASE_WAIT") {
		t.Errorf("got %d, %q", code, errs)
	}
}
