package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/pflag"
)

const outputs = `{
  "clusterName": "staging-app",
  "serviceName": "staging-app",
  "commandTaskDefinition": "arn:aws:ecs:eu-west-1:111122223333:task-definition/staging-app-command:7",
  "taskSubnetIds": ["subnet-1", "subnet-2"],
  "taskSecurityGroupId": "sg-1",
  "superuserSecret": "staging-superuser",
  "logGroup": "/slipway/staging/app",
  "secret": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"},
  "url": "http://example.com"
}`

// clean removes what the machine's own AWS configuration would add.
func clean(t *testing.T) {
	t.Helper()
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL", "SLIPWAY_CLUSTER", "SLIPWAY_SUBNETS"} {
		t.Setenv(name, "")
	}
	none := filepath.Join(t.TempDir(), "none")
	t.Setenv("AWS_CONFIG_FILE", none)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", none)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKID")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "SECRET")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.json")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// slipway runs a command and returns its exit code, output and errors.
func slipway(t *testing.T, input string, args ...string) (int, string, string) {
	t.Helper()
	in, err := os.Open(file(t, input))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, terminal{in: in, out: &out, errs: &errs})
	return code, out.String(), errs.String()
}

// server answers as ECS and CloudWatch Logs do for a command that prints one
// line and ends with exit code 3.
type server struct {
	mu     sync.Mutex
	region string
	// refuse makes RunTask fail.
	refuse bool
	run    map[string]any
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	const task = "arn:aws:ecs:eu-west-1:111122223333:task/staging-app/0123"
	var answer string
	switch operation {
	case "DescribeTaskDefinition":
		answer = `{"taskDefinition": {"containerDefinitions": [{"name": "command", "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "other", "awslogs-stream-prefix": "command"}}}]}}`
	case "RunTask":
		s.run = body
		s.region = strings.Split(r.Header.Get("Authorization"), "/")[2]
		if s.refuse {
			http.Error(w, `{"__type": "ClusterNotFoundException", "message": "Cluster not found."}`, http.StatusBadRequest)
			return
		}
		answer = `{"tasks": [{"taskArn": "` + task + `", "lastStatus": "PROVISIONING"}]}`
	case "DescribeTasks":
		answer = `{"tasks": [{"taskArn": "` + task + `", "lastStatus": "STOPPED", "stopCode": "EssentialContainerExited", "containers": [{"name": "command", "exitCode": 3}]}]}`
	case "GetLogEvents":
		if body["logGroupName"] != "/slipway/staging/app" || body["logStreamName"] != "command/command/0123" {
			http.Error(w, fmt.Sprintf(`{"__type": "ResourceNotFoundException", "message": "%v"}`, body), http.StatusBadRequest)
			return
		}
		answer = `{"events": [], "nextForwardToken": "f/1"}`
		if body["nextToken"] == nil {
			answer = `{"events": [{"message": "System check identified 1 issue"}], "nextForwardToken": "f/1"}`
		}
	default:
		http.Error(w, operation, http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	fmt.Fprint(w, answer)
}

func TestManageRunsACommand(t *testing.T) {
	clean(t)
	fake := &server{}
	endpoint := httptest.NewServer(fake)
	defer endpoint.Close()
	t.Setenv("AWS_ENDPOINT_URL", endpoint.URL)
	t.Setenv("AWS_REGION", "ap-south-1")
	code, out, errs := slipway(t, outputs, "manage", "--stack", "staging", "--outputs", "-", "--", "check", "--deploy")
	if code != 3 || out != "System check identified 1 issue\n" {
		t.Errorf("got %d, %q, %q", code, out, errs)
	}
	if !strings.HasSuffix(errs, "==> task 0123 ended with exit code 3\n") {
		t.Errorf("got %q", errs)
	}
	request, err := json.Marshal(fake.run)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"command":["python","manage.py","check","--deploy"]`, `"subnets":["subnet-1","subnet-2"]`, `"securityGroups":["sg-1"]`, `"cluster":"staging-app"`, `"clientToken"`} {
		if !strings.Contains(string(request), want) {
			t.Errorf("no %s in %s", want, request)
		}
	}
	if fake.region != "eu-west-1" {
		t.Errorf("asked region %q, want the stack's", fake.region)
	}
}

func TestSettingsComeFromFlagsThenTheEnvironmentThenOutputs(t *testing.T) {
	clean(t)
	fake := &server{refuse: true}
	endpoint := httptest.NewServer(fake)
	defer endpoint.Close()
	t.Setenv("AWS_ENDPOINT_URL", endpoint.URL)
	t.Setenv("SLIPWAY_CLUSTER", "from-environment")
	t.Setenv("SLIPWAY_SUBNETS", "from-environment")
	code, _, errs := slipway(t, "", "manage", "--stack", "staging", "--outputs", file(t, outputs), "--subnets", "from-flag,too", "--region", "us-west-2", "--", "check")
	if code != 125 || !strings.Contains(errs, "ClusterNotFoundException: Cluster not found.") {
		t.Errorf("got %d, %q", code, errs)
	}
	network := fmt.Sprint(fake.run["networkConfiguration"])
	if fake.run["cluster"] != "from-environment" || !strings.Contains(network, "[from-flag too]") || !strings.Contains(network, "[sg-1]") {
		t.Errorf("got %v", fake.run)
	}
	if fake.region != "us-west-2" {
		t.Errorf("asked region %q", fake.region)
	}
}

func TestBadUseIsExplained(t *testing.T) {
	clean(t)
	missing := "--task-definition (SLIPWAY_TASK_DEFINITION, else output commandTaskDefinition), --subnets (SLIPWAY_SUBNETS, else output taskSubnetIds), --security-group (SLIPWAY_SECURITY_GROUP, else output taskSecurityGroupId)"
	todo := "\n  next: deploy the stack, and pass its outputs on: pulumi stack output --json > FILE, then --outputs FILE\n"
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no stack":         {[]string{"manage", "--", "check"}, 1, "error: required flag(s) \"stack\" not set\n"},
		"no command":       {[]string{"manage", "--stack", "staging"}, 125, "error: no command is given\n  next: put it after --, as in: slipway manage --stack staging -- check --deploy\n"},
		"no outputs":       {[]string{"manage", "--stack", "staging", "--cluster", "c", "--", "check"}, 125, "error: not known of stack staging: " + missing + todo},
		"outputs missing":  {[]string{"manage", "--stack", "staging", "--outputs", "-", "--", "check"}, 125, "error: stack staging has no outputs\n  next: deploy it first\n"},
		"outputs empty":    {[]string{"manage", "--stack", "staging", "--outputs", file(t, "{}"), "--", "check"}, 125, "error: stack staging has no outputs\n  next: deploy it first\n"},
		"outputs no JSON":  {[]string{"manage", "--stack", "staging", "--outputs", file(t, "url: x"), "--", "check"}, 125, "error: the outputs of stack staging are no JSON object: invalid character 'u' looking for beginning of value\n  next: make them with: pulumi stack output --json\n"},
		"no such file":     {[]string{"manage", "--stack", "staging", "--outputs", "/no/such/file", "--", "check"}, 125, "error: the command was not run: read the outputs of stack staging: open /no/such/file: no such file or directory\n"},
		"no region":        {[]string{"manage", "--stack", "none", "--outputs", file(t, strings.Replace(outputs, "arn:aws:ecs:eu-west-1:111122223333:task-definition/", "", 1)), "--", "check"}, 125, "error: the AWS region is not known\n  next: name it with --region or AWS_REGION\n"},
		"shell in a file":  {[]string{"shell", "--stack", "staging"}, 1, "error: a shell needs a terminal for its input and output\n  next: to run one command without a terminal, use slipway manage\n"},
		"no such command":  {[]string{"destroy"}, 1, "error: unknown command \"destroy\" for \"slipway\"\n"},
		"cost of nothing":  {[]string{"cost", "--dir", "/"}, 1, "error: there is no Pulumi.yaml in /: name the project's directory with --dir\n"},
		"cost of no stack": {[]string{"cost", "--dir", "../..", "--stack", "none"}, 1, "error: read the configuration of stack none: open Pulumi.none.yaml: no such file or directory\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(".")
			code, out, errs := slipway(t, "", test.args...)
			errs, _, _ = strings.Cut(errs, "  more: ")
			if code != test.code || errs != test.want || out != "" {
				t.Errorf("got  %d %q %q\nwant %d %q", code, out, errs, test.code, test.want)
			}
		})
	}
}

func TestHelpWarnsOfSecrets(t *testing.T) {
	code, out, _ := slipway(t, "", "manage", "--help")
	if code != 0 || !strings.Contains(out, "Never pass a secret as an argument") || !strings.Contains(out, "SLIPWAY_CLUSTER, else output clusterName") {
		t.Errorf("got %d, %s", code, out)
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	code, out, _ := slipway(t, "")
	if code != 0 {
		t.Fatalf("got %d", code)
	}
	for _, command := range commands {
		c := command.make(terminal{})
		if c.Long == "" || c.Short == "" || !strings.Contains(out, "  "+c.Name()) {
			t.Errorf("%s has no help", c.Name())
		}
	}
}

func TestCostOfTheCommittedEnvironments(t *testing.T) {
	t.Chdir(".")
	code, out, errs := slipway(t, "", "cost", "--json")
	if code != 0 || errs != "" {
		t.Fatalf("got %d, %s", code, errs)
	}
	var reports []struct {
		Stack     string
		Lines     []any
		Options   []any
		TotalUSD  float64 `json:"totalUsd"`
		TargetUSD float64 `json:"targetUsd"`
		PricesOf  string
	}
	if err := json.Unmarshal([]byte(out), &reports); err != nil {
		t.Fatal(err)
	}
	if len(reports) != 2 || reports[0].Stack != "staging" || reports[1].Stack != "prod" {
		t.Fatalf("got %+v", reports)
	}
	for _, report := range reports {
		if len(report.Lines) < 20 || len(report.Options) < 20 || report.TotalUSD <= 0 || report.TargetUSD <= 0 || report.PricesOf == "" {
			t.Errorf("got %+v", report)
		}
		want := 0
		if report.TotalUSD > report.TargetUSD {
			want = 1
		}
		code, out, _ := slipway(t, "", "cost", "--stack", report.Stack, "--check", "--options=false")
		if code != want || !strings.HasPrefix(out, report.Stack+": us-east-1 list prices of ") || strings.Contains(out, "option") {
			t.Errorf("%s: got exit code %d, want %d", report.Stack, code, want)
		}
	}
}

// The commands read the outputs that the program has, under the names that it
// gives them.
func TestOutputsAreThoseOfTheProgram(t *testing.T) {
	files, err := filepath.Glob("../../infra/*.go")
	if err != nil {
		t.Fatal(err)
	}
	program := ""
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		program += string(text)
	}
	outputs := 0
	for _, command := range commands {
		command.make(terminal{}).Flags().VisitAll(func(flag *pflag.Flag) {
			_, output, found := strings.Cut(flag.Usage, "else output ")
			if !found {
				return
			}
			outputs++
			output = strings.TrimRight(output, ")")
			if !strings.Contains(program, `ctx.Export("`+output+`",`) {
				t.Errorf("--%s reads output %s, which the program does not have", flag.Name, output)
			}
		})
	}
	if outputs < 7 {
		t.Errorf("only %d outputs were looked for", outputs)
	}
}

// Errors lead to the document about their command, to a heading that is there.
func TestErrorsNameTheDocumentAboutTheirCommand(t *testing.T) {
	for _, command := range commands {
		page, anchor, _ := strings.Cut(command.page, "#")
		text, err := os.ReadFile(filepath.Join("..", "..", page))
		if err != nil {
			t.Error(err)
			continue
		}
		found := anchor == ""
		for line := range strings.Lines(string(text)) {
			heading, is := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
			slug := strings.NewReplacer(" ", "-", ",", "").Replace(strings.ToLower(strings.TrimSpace(heading)))
			found = found || is && line[0] == '#' && slug == anchor
		}
		if !found {
			t.Errorf("%s has no heading %s", page, anchor)
		}
	}
	_, _, errs := slipway(t, "", "state", "history", "--no-such-option")
	if !strings.HasSuffix(errs, "\n  more: docs/state.md#an-older-state\n") {
		t.Errorf("got %q", errs)
	}
}
