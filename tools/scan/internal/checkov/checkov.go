// Package checkov runs checkov on Terraform plans, offline.
package checkov

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Result is what checkov found in one plan.
type Result struct {
	Passed, Failed []Finding
	// Resources is the number of resources that checkov read.
	Resources int
}

// Finding is one check of one resource.
type Finding struct {
	// Check is the check's ID, such as CKV_AWS_21, and Name what it asks for.
	Check, Name string
	// Address is the resource's address in the plan.
	Address string
	// Keys are the attributes that decided.
	Keys []string
}

// report is the part of checkov's report that is read.
type report struct {
	CheckType string `json:"check_type"`
	Results   struct {
		Passed  []record `json:"passed_checks"`
		Failed  []record `json:"failed_checks"`
		Skipped []record `json:"skipped_checks"`
		Errors  []string `json:"parsing_errors"`
	} `json:"results"`
	Summary struct {
		Resources int `json:"resource_count"`
	} `json:"summary"`
}

type record struct {
	ID      string `json:"check_id"`
	Name    string `json:"check_name"`
	Address string `json:"resource"`
	Result  struct {
		Keys []any `json:"evaluated_keys"`
	} `json:"check_result"`
}

// Run checks a plan with the program binary. The plan is on disk only while
// checkov runs, and readable to this user only: it holds the values of secrets.
func Run(ctx context.Context, binary string, plan json.Marshaler) (*Result, error) {
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("no checkov: run `make .slipway/venvs/scan`: %w", err)
	}
	dir, err := os.MkdirTemp("", "slipway-scan-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for the plan: %w", err)
	}
	defer os.RemoveAll(dir)
	content, err := json.MarshalIndent(plan, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the plan: %w", err)
	}
	file := filepath.Join(dir, "plan.json")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return nil, fmt.Errorf("write the plan: %w", err)
	}
	cmd := exec.CommandContext(ctx, binary,
		"--file", file, "--framework", "terraform_plan", "--skip-download", "--compact", "--output", "json")
	// Not the user's configuration, nor an account that would be told the result.
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "LOG_LEVEL=ERROR", "ANSI_COLORS_DISABLED=1"}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	// 1 says that checks failed.
	if err := cmd.Run(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return nil, fmt.Errorf("run checkov: %w\n%s", err, strings.TrimSpace(stderr.String()))
	}
	result, err := parse(stdout.Bytes())
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, strings.TrimSpace(stderr.String()))
	}
	return result, nil
}

func parse(output []byte) (*Result, error) {
	var r report
	if err := json.Unmarshal(output, &r); err != nil {
		return nil, fmt.Errorf("read checkov's report: %w", err)
	}
	switch {
	case r.CheckType != "terraform_plan":
		return nil, errors.New("checkov found no plan to check")
	case len(r.Results.Errors) > 0:
		return nil, errors.New("checkov can't read the plan")
	case len(r.Results.Skipped) > 0:
		return nil, fmt.Errorf("checkov left out %s: skips have their place in skips.yaml", r.Results.Skipped[0].ID)
	}
	return &Result{
		Passed:    findings(r.Results.Passed),
		Failed:    findings(r.Results.Failed),
		Resources: r.Summary.Resources,
	}, nil
}

func findings(records []record) []Finding {
	found := make([]Finding, 0, len(records))
	for _, r := range records {
		f := Finding{Check: r.ID, Name: r.Name, Address: r.Address}
		for _, key := range r.Result.Keys {
			// Graph checks name the type that they are about as well.
			if text, is := key.(string); is && text != "" && text != "resource_type" {
				f.Keys = append(f.Keys, text)
			}
		}
		slices.Sort(f.Keys) // checkov has them in a set.
		found = append(found, f)
	}
	return found
}
