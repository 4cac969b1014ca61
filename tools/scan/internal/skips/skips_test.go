package skips_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/tools/scan/internal/skips"
)

func load(t *testing.T, text string) ([]skips.Skip, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "skips.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return skips.Load(file)
}

func TestCommittedListIsSound(t *testing.T) {
	if _, err := skips.Load("../../skips.yaml"); err != nil {
		t.Error(err)
	}
}

func TestLoad(t *testing.T) {
	got, err := load(t, `
# Comments are allowed.
- check: CKV_AWS_378
  resource: aws_lb_target_group.*-edge
  reason: >-
    The load balancer talks to the tasks
    inside the VPC.
- check: CKV2_AWS_62
  resource: aws_s3_bucket.*
  when: {protect: false, domain: ""}
  reason: Nothing listens to events of this bucket.
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []skips.Skip{
		{Check: "CKV_AWS_378", Resource: "aws_lb_target_group.*-edge", Reason: "The load balancer talks to the tasks inside the VPC."},
		{Check: "CKV2_AWS_62", Resource: "aws_s3_bucket.*", When: map[string]string{"protect": "false", "domain": ""}, Reason: "Nothing listens to events of this bucket."},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestListMayBeEmpty(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "[]"} {
		if got, err := load(t, text); err != nil || len(got) != 0 {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}

func TestBadListsAreRefused(t *testing.T) {
	const reason = "\n  reason: long enough to say something\n"
	for want, text := range map[string]string{
		`entry 1: check: "CKV_AZURE_1" is not an ID such as CKV_AWS_378`:                                          "- check: CKV_AZURE_1\n  resource: aws_lb.*-edge" + reason,
		`entry 1: check: "" is not an ID`:                                                                         "- resource: aws_lb.*-edge" + reason,
		`entry 1: resource: "*" is not an address such as aws_lb.*-edge: names of stacks are no reason`:           "- check: CKV_AWS_1\n  resource: '*'" + reason,
		`entry 1: resource: "aws_lb.*" is not an address`:                                                         "- check: CKV_AWS_1\n  resource: aws_lb.*" + reason,
		`entry 1: resource: "aws_*.edge" is not an address`:                                                       "- check: CKV_AWS_1\n  resource: aws_*.edge" + reason,
		`entry 1: resource: "aws_lb.prod-edge" is not an address`:                                                 "- check: CKV_AWS_1\n  resource: aws_lb.prod-edge" + reason,
		`entry 1: reason: "cost" says too little`:                                                                 "- check: CKV_AWS_1\n  resource: aws_lb.*-edge\n  reason: cost\n",
		`entry 1: reason: "" says too little`:                                                                     "- check: CKV_AWS_1\n  resource: aws_lb.*-edge\n",
		`entry 2: CKV_AWS_1 aws_lb.*-edge is there already`:                                                       "- check: CKV_AWS_1\n  resource: aws_lb.*-edge" + reason + "- check: CKV_AWS_1\n  resource: aws_lb.*-edge" + reason,
		`field why not found`:                                                                                     "- check: CKV_AWS_1\n  resource: aws_lb.*-edge\n  why: not" + reason,
		"entry 1: check: \"x\" is not an ID such as CKV_AWS_378\nentry 1: resource: \"y\" is not an address such": "- check: x\n  resource: y" + reason,
	} {
		_, err := load(t, text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	if _, err := skips.Load(filepath.Join(t.TempDir(), "none.yaml")); err == nil {
		t.Error("a list that is not there was read")
	}
}

func TestCovers(t *testing.T) {
	skip := skips.Skip{Check: "CKV_AWS_1", Resource: "aws_lb.*-edge"}
	for _, test := range []struct {
		check, address string
		want           bool
	}{
		{"CKV_AWS_1", "aws_lb.prod-edge", true},
		{"CKV_AWS_1", "aws_lb.staging-edge", true},
		{"CKV_AWS_2", "aws_lb.prod-edge", false},
		{"CKV_AWS_1", "aws_lb.prod-edge-2", false},
		{"CKV_AWS_1", "aws_lb_listener.prod-edge", false},
	} {
		if got := skip.Covers(test.check, test.address); got != test.want {
			t.Errorf("%s %s: got %v", test.check, test.address, got)
		}
	}
}

func TestHoldsByValuesOnly(t *testing.T) {
	values := map[string]string{"protect": "false", "domain": ""}
	value := func(key string) string { return values[key] }
	for _, test := range []struct {
		when map[string]string
		want bool
	}{
		{nil, true},
		{map[string]string{"protect": "false"}, true},
		{map[string]string{"protect": "false", "domain": ""}, true},
		{map[string]string{"protect": "true"}, false},
		{map[string]string{"protect": "false", "domain": "example.com"}, false},
	} {
		if got := (skips.Skip{When: test.when}).Holds(value); got != test.want {
			t.Errorf("%v: got %v", test.when, got)
		}
	}
}
