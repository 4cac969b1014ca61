package checkov_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/tools/scan/internal/checkov"
)

type text string

func (t text) MarshalJSON() ([]byte, error) { return []byte(t), nil }

// fake is a program that prints a report instead of checkov.
func fake(t *testing.T, report string, exit int) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "checkov")
	script := fmt.Sprintf("#!/bin/sh\necho trouble >&2\ncat <<'EOF'\n%s\nEOF\nexit %d\n", report, exit)
	if err := os.WriteFile(file, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

const report = `{"check_type": "terraform_plan", "summary": {"resource_count": 3}, "results": {
	"passed_checks": [{"check_id": "CKV_AWS_1", "check_name": "One", "resource": "aws_lb.a", "check_result": {}}],
	"failed_checks": [{"check_id": "CKV_AWS_2", "check_name": "Two", "resource": "aws_lb.b",
		"check_result": {"evaluated_keys": ["port", "resource_type", "", ["odd"], "host"]}}],
	"skipped_checks": %s, "parsing_errors": %s}}`

func TestReportIsRead(t *testing.T) {
	for exit := range 2 {
		got, err := checkov.Run(t.Context(), fake(t, fmt.Sprintf(report, "[]", "[]"), exit), text("{}"))
		if err != nil {
			t.Fatal(err)
		}
		shown, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		want := `{"Passed":[{"Check":"CKV_AWS_1","Name":"One","Address":"aws_lb.a","Keys":null}],` +
			`"Failed":[{"Check":"CKV_AWS_2","Name":"Two","Address":"aws_lb.b","Keys":["host","port"]}],"Resources":3}`
		if string(shown) != want {
			t.Errorf("got  %s\nwant %s", shown, want)
		}
	}
}

func TestWhatIsNoReportIsAnError(t *testing.T) {
	for want, binary := range map[string]string{
		"exit status 2\ntrouble":          fake(t, fmt.Sprintf(report, "[]", "[]"), 2),
		"read checkov's report":           fake(t, "Traceback", 0),
		"checkov found no plan to check":  fake(t, `{"passed": 0, "failed": 0}`, 0),
		"checkov can't read the plan":     fake(t, fmt.Sprintf(report, "[]", `["/plan.json"]`), 0),
		"checkov left out CKV_AWS_3":      fake(t, fmt.Sprintf(report, `[{"check_id": "CKV_AWS_3"}]`, "[]"), 0),
		"run `make .slipway/venvs/scan`:": filepath.Join(t.TempDir(), "none"),
	} {
		if _, err := checkov.Run(t.Context(), binary, text("{}")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

func TestPlanThatCannotBeWrittenIsAnError(t *testing.T) {
	if _, err := checkov.Run(t.Context(), fake(t, "", 0), text("{")); err == nil || !strings.Contains(err.Error(), "write the plan") {
		t.Errorf("got %v", err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := checkov.Run(ctx, fake(t, fmt.Sprintf(report, "[]", "[]"), 0), text("{}")); err == nil {
		t.Error("no error")
	}
}

// checkov must neither read a configuration of the user, which may leave out
// checks, nor find the credentials of an account to report to.
func TestPlanIsPrivateAndTheUsersSettingsAreNotUsed(t *testing.T) {
	t.Setenv("BC_API_KEY", "key")
	t.Setenv("CKV_SKIP", "all")
	dir := t.TempDir()
	spy := filepath.Join(dir, "checkov")
	script := "#!/bin/sh\n{ pwd; env; echo \"$@\"; stat -c %a \"$2\"; } >" + dir + "/seen\necho '" + fmt.Sprintf(report, "[]", "[]") + "'\n"
	if err := os.WriteFile(spy, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := checkov.Run(t.Context(), spy, text("{}")); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "seen"))
	if err != nil {
		t.Fatal(err)
	}
	seen := string(content)
	where, _, _ := strings.Cut(seen, "\n")
	for _, want := range []string{"HOME=" + where + "\n", "--file " + where + "/plan.json --framework terraform_plan --skip-download", "\n600\n"} {
		if !strings.Contains(seen, want) {
			t.Errorf("no %q in\n%s", want, seen)
		}
	}
	for _, never := range []string{"BC_API_KEY", "CKV_SKIP"} {
		if strings.Contains(seen, never) {
			t.Errorf("%s is there", never)
		}
	}
	if _, err := os.Stat(where); !os.IsNotExist(err) {
		t.Errorf("the plan is still there: %v", err)
	}
}
