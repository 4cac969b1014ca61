package plan_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/cmd/slipway/plan"
)

const (
	secret  = `{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","ciphertext":"AAAA"}`
	unknown = `"04da6b54-80e4-46f7-96ec-b56ff0331ba9"`
)

// step is a step of Pulumi's JSON. States are inputs as JSON, "" for none.
func step(op, typ, name, before, after string) string {
	urn := fmt.Sprintf("urn:pulumi:staging::slipway::%s::%s", typ, name)
	state := func(key, inputs string) string {
		if inputs == "" {
			return ""
		}
		return fmt.Sprintf(`, %q: {"urn": %q, "type": %q, "inputs": %s}`, key, urn, typ, inputs)
	}
	return fmt.Sprintf(`{"op": %q, "urn": %q%s%s}`, op, urn, state("oldState", before), state("newState", after))
}

func parse(t *testing.T, steps ...string) *plan.Plan {
	t.Helper()
	p, err := plan.Parse("staging", []byte(`{"steps": [`+strings.Join(steps, ",")+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func lines(differences []plan.Difference) string {
	var out strings.Builder
	for _, d := range differences {
		if d.Before != nil {
			fmt.Fprintf(&out, "- %s: %s\n", d.Path, *d.Before)
		}
		if d.After != nil {
			fmt.Fprintf(&out, "+ %s: %s\n", d.Path, *d.After)
		}
	}
	return out.String()
}

func TestChangesComeGravestFirst(t *testing.T) {
	p := parse(t,
		step("same", "pulumi:pulumi:Stack", "slipway-staging", "{}", "{}"),
		step("same", "aws:ec2/vpc:Vpc", "same", "{}", "{}"),
		step("create", "aws:sns/topic:Topic", "new", "", "{}"),
		step("update", "aws:sns/topic:Topic", "changed", "{}", "{}"),
		step("replace", "aws:sns/topic:Topic", "replaced", "{}", "{}"),
		step("delete", "aws:sns/topic:Topic", "gone", "{}", ""),
	)
	var got []string
	for _, change := range p.Changes() {
		got = append(got, string(change.Op)+" "+change.Name)
	}
	if fmt.Sprint(got) != "[delete gone replace replaced update changed create new]" {
		t.Errorf("got %v", got)
	}
	if p.Count(plan.Same) != 1 || p.New() {
		t.Errorf("got %d unchanged, new: %v", p.Count(plan.Same), p.New())
	}
}

func TestReplacementCountsOnce(t *testing.T) {
	p := parse(t,
		step("create-replacement", "aws:sns/topic:Topic", "topic", `{"a": 1}`, `{"a": 2}`),
		step("replace", "aws:sns/topic:Topic", "topic", `{"a": 1}`, `{"a": 2}`),
		step("delete-replaced", "aws:sns/topic:Topic", "topic", `{"a": 1}`, ""),
	)
	if p.Count(plan.Replace) != 1 || len(p.Changes()) != 1 {
		t.Fatalf("got %+v", p.Changes())
	}
	if got := lines(p.Changes()[0].Differences()); got != "- a: 1\n+ a: 2\n" {
		t.Errorf("got %q", got)
	}
}

// What Pulumi 3.259 says when somebody has changed a log group and deleted an alarm.
func TestRefreshTellsWhatAWSHoldsFromWhatIsPlanned(t *testing.T) {
	text, err := os.ReadFile("testdata/drift.json")
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Parse("staging", text)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, change := range p.Changes() {
		fmt.Fprintf(&got, "%s %s %s (%s)\n", change.Op, change.Type, change.Name, change.Component)
		if change.Op == plan.Update {
			got.WriteString(lines(change.Differences()))
		} else if len(change.Differences()) < 8 {
			t.Errorf("what is created has %d inputs", len(change.Differences()))
		}
	}
	want := `update aws:cloudwatch/logGroup:LogGroup slipway-staging-app (app)
- retentionInDays: 7
+ retentionInDays: 30
create aws:cloudwatch/metricAlarm:MetricAlarm slipway-staging-alarms-app-errors (alarms)
`
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
	if p.Count(plan.Same) != 1 || len(p.Errors)+len(p.Warnings) != 0 {
		t.Errorf("got %d unchanged, %q, %q", p.Count(plan.Same), p.Errors, p.Warnings)
	}
}

func TestWhatIsLost(t *testing.T) {
	p := parse(t,
		step("replace", "aws:lb/loadBalancer:LoadBalancer", "edge", "{}", "{}"),
		step("delete", "aws:sns/topic:Topic", "topic", "{}", ""),
		step("update", "aws:rds/instance:Instance", "kept", "{}", "{}"),
		step("replace", "aws:rds/instance:Instance", "database", "{}", "{}"),
		step("delete", "aws:s3/bucketV2:BucketV2", "media", "{}", ""),
	)
	var got []string
	for _, loss := range p.Losses() {
		kind, _ := loss.Lost()
		got = append(got, string(kind)+" "+loss.Name)
	}
	if fmt.Sprint(got) != "[data media data database address edge]" {
		t.Errorf("got %v", got)
	}
}

func TestDifferences(t *testing.T) {
	for name, test := range map[string]struct{ before, after, want string }{
		"a value":             {`{"a": 1, "b": "x"}`, `{"a": 2, "b": "x"}`, "- a: 1\n+ a: 2\n"},
		"a new one":           {`{}`, `{"a": {"b": true}}`, "+ a.b: true\n"},
		"one that goes":       {`{"a": ["x"]}`, `{}`, "- a[0]: \"x\"\n"},
		"a list":              {`{"a": ["x", "y"]}`, `{"a": ["x", "z", "w"]}`, "- a[1]: \"y\"\n+ a[1]: \"z\"\n+ a[2]: \"w\"\n"},
		"elements with names": {`{"a": [{"name": "x", "n": 1}, {"name": "y", "n": 2}]}`, `{"a": [{"name": "y", "n": 3}, {"name": "x", "n": 1}]}`, "- a[y].n: 2\n+ a[y].n: 3\n"},
		"JSON in a text":      {`{"a": "[{\"image\": \"x:1\", \"cpu\": 1}]"}`, `{"a": "[{\"image\": \"x:2\", \"cpu\": 1}]"}`, "- a[0].image: \"x:1\"\n+ a[0].image: \"x:2\"\n"},
		"another type":        {`{"a": {"b": 1}}`, `{"a": [1]}`, "- a: {\"b\":1}\n+ a: [1]\n"},
		"unknown":             {`{"a": "x"}`, `{"a": ` + unknown + `}`, "- a: \"x\"\n+ a: (known after the deployment)\n"},
		"Pulumi's own":        {`{"__defaults": ["a"]}`, `{"__defaults": ["b"]}`, ""},
		"equal numbers":       {`{"a": 1.0}`, `{"a": 1}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := parse(t, step("update", "aws:sns/topic:Topic", "topic", test.before, test.after))
			if got := lines(p.Changes()[0].Differences()); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestSecretsAreMasked(t *testing.T) {
	const plain, other = `"hunter2"`, `"hunter3"`
	for name, test := range map[string]struct{ before, after, want string }{
		"Pulumi's mark":         {`{"a": ` + plain + `}`, `{"a": "[secret]"}`, "- a: \"hunter2\"\n+ a: [secret]\n"},
		"an encrypted one":      {`{}`, `{"a": ` + secret + `}`, "+ a: [secret]\n"},
		"a password":            {`{"masterPassword": ` + plain + `}`, `{"masterPassword": ` + other + `}`, "- masterPassword: [secret]\n+ masterPassword: [secret] changed\n"},
		"a new password":        {`{}`, `{"db": {"password": ` + plain + `}}`, "+ db.password: [secret]\n"},
		"one that goes":         {`{"apiKey": ` + plain + `}`, `{}`, "- apiKey: [secret]\n"},
		"a token in JSON":       {`{"a": "{\"token\": \"hunter2\"}"}`, `{"a": "{\"token\": \"hunter3\"}"}`, "- a.token: [secret]\n+ a.token: [secret] changed\n"},
		"a variable":            {`{"env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}`, `{"env": [{"name": "DB_PASSWORD", "value": "hunter3"}]}`, "- env[DB_PASSWORD]: [secret]\n+ env[DB_PASSWORD]: [secret] changed\n"},
		"a new variable":        {`{"env": []}`, `{"env": [{"name": "API_TOKEN", "value": "hunter2"}]}`, "+ env[API_TOKEN]: [secret]\n"},
		"a variable that goes":  {`{"env": [{"name": "API_TOKEN", "value": "hunter2"}]}`, `{"env": []}`, "- env[API_TOKEN]: [secret]\n"},
		"an object that is one": {`{"credentials": {"user": "hunter2"}}`, `{"credentials": {"user": "hunter3"}}`, "- credentials: [secret]\n+ credentials: [secret] changed\n"},
		"a map that holds one":  {`{"tags": {}}`, `{"tags": {"secretKey": ["hunter2"]}}`, "+ tags.secretKey: [secret]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			p := parse(t, step("update", "aws:sns/topic:Topic", "topic", test.before, test.after))
			got := lines(p.Changes()[0].Differences())
			if got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
			if name != "Pulumi's mark" && strings.Contains(got, "hunter") {
				t.Errorf("a secret stands in\n%s", got)
			}
		})
	}
}

// Pulumi hides both values of a secret, and says that it changes.
func TestChangedSecretIsNamed(t *testing.T) {
	changed := strings.TrimSuffix(step("update", "aws:sns/topic:Topic", "topic", `{"a": "[secret]", "b": 1}`, `{"a": "[secret]", "b": 2}`), "}") + `, "detailedDiff": {"a": {"kind": "update"}, "b": {"kind": "update"}}}`
	want := "- b: 1\n+ b: 2\n- a: [secret]\n+ a: [secret] changed\n"
	if got := lines(parse(t, changed).Changes()[0].Differences()); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestResourcesBeforeAndAfter(t *testing.T) {
	before, after := parse(t,
		step("same", "aws:sns/topic:Topic", "same", `{"a": 1}`, `{"a": 1}`),
		step("create", "aws:sns/topic:Topic", "new", "", `{"a": 1}`),
		step("delete", "aws:sns/topic:Topic", "gone", `{"a": 1}`, ""),
		step("same", "awsx:ec2:Vpc", "vpc", "{}", "{}"),
	).Resources()
	got, err := json.Marshal([]any{before, after})
	if err != nil {
		t.Fatal(err)
	}
	const res = `{"Type":"aws:sns/topic:Topic","Name":"%s","Component":"%[1]s","Properties":{"a":1}}`
	want := "[[" + fmt.Sprintf(res, "same") + "," + fmt.Sprintf(res, "gone") + "],[" + fmt.Sprintf(res, "same") + "," + fmt.Sprintf(res, "new") + "]]"
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBadPreviewsAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"Previewing update": "holds no JSON",
		`{"steps": `:        "--show-sames: unexpected end",
		`{}`:                "neither steps nor errors",
		`{"steps": [{"op": "same", "urn": "nonsense"}]}`:                                                 "is no URN",
		`{"steps": [{"op": "same", "urn": "urn:pulumi:prod::slipway::aws:sns/topic:Topic::topic"}]}`:     "is of another stack",
		`{"steps": [{"op": "dance", "urn": "urn:pulumi:staging::slipway::aws:sns/topic:Topic::topic"}]}`: `operation "dance" is not known`,
	} {
		if _, err := plan.Parse("staging", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestDiagnosticsAreSorted(t *testing.T) {
	p, err := plan.Parse("staging", []byte(`noise {"diagnostics": [
		{"message": "configuration", "severity": "info"}, {"message": "careful\n", "severity": "warning"},
		{"message": "refused", "severity": "error"}, {"message": "bad", "severity": "info#err"}]}`[6:]))
	if err != nil || fmt.Sprint(p.Warnings, p.Errors) != "[careful] [refused]" {
		t.Errorf("got %+v, %v", p, err)
	}
}
