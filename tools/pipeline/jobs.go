package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// event is what starts a pipeline.
type event struct {
	// refType and ref are what the pipeline is for, as GitLab's tokens say it.
	refType, ref string
	// variables are those that GitLab sets for such a pipeline.
	variables map[string]string
}

// jobs runs jobs of the pipeline of an event, as on gitlab.com with AWS as the target.
// Each gets the token that GitLab would sign for it, and the role that it asks for.
func (p *project) jobs(ctx context.Context, e event, names ...string) error {
	variables := map[string]string{
		"AWS_ACCOUNT_ID":   account,
		"GITLAB_TOKEN":     p.gitlab.Token,
		"CI_API_V4_URL":    p.gitlabURL + "/api/v4",
		"CI_PROJECT_ID":    fmt.Sprint(projectID),
		"WATCH_MINUTES":    "1",
		"DOCKER_HOST":      "unix:///var/run/docker.sock",
		"DOCKER_CERT_PATH": "", "DOCKER_TLS_VERIFY": "",
		"TOKEN_PROJECT": projectPath, "TOKEN_REF": e.ref, "TOKEN_REF_TYPE": e.refType, "TOKEN_PROTECTED": fmt.Sprint(e.ref != branch),
	}
	maps.Copy(variables, e.variables)
	file := filepath.Join(p.dir, "variables.yml")
	text, err := json.Marshal(variables) // JSON is YAML
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	arguments := []string{
		"--file", "tools/pipeline/local.gitlab-ci.yml", "--variables-file", "../variables.yml", "--force-shell-executor", "--no-color",
		"--ignore-predefined-vars", strings.Join(slices.Sorted(maps.Keys(variables)), ","),
	}
	caches, err := p.caches(ctx)
	if err != nil {
		return err
	}
	arguments = append(append(arguments, caches...), names...)
	environment, err := p.asAWS()
	if err != nil {
		return err
	}
	bin := filepath.Join(p.runner, "node_modules/.bin")
	for i, variable := range environment {
		if path, is := strings.CutPrefix(variable, "PATH="); is {
			environment[i] = "PATH=" + bin + ":" + path
		}
	}
	return command(ctx, p.clone, environment, filepath.Join(bin, "gitlab-ci-local"), arguments...)
}

// caches are the options by which jobs use this machine's own caches instead of some
// in the clone. In a file of variables, a path that exists means its content.
func (p *project) caches(ctx context.Context) ([]string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	// With an image, CI_PROJECT_DIR is a directory of the image, also where there is none.
	options := []string{"--variable", "REPORTS=" + filepath.Join(p.clone, "reports"), "--variable", "SLIPWAY_CACHE=" + cmp.Or(os.Getenv("SLIPWAY_CACHE"), filepath.Join(home, ".cache", "slipway"))}
	for _, name := range []string{"GOMODCACHE", "GOCACHE"} {
		value, err := output(ctx, p.clone, "go", "env", name)
		if err != nil {
			return nil, err
		}
		options = append(options, "--variable", name+"="+strings.TrimSpace(value))
	}
	return options, nil
}

func mergeRequestEvent() event {
	return event{"branch", branch, map[string]string{
		"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": fmt.Sprint(mergeRequest),
		"CI_JOB_URL": "https://gitlab.com/" + projectPath + "/-/jobs/1",
	}}
}

func pushEvent() event {
	return event{"branch", "main", map[string]string{"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}}
}

func scheduleEvent() event {
	return event{"branch", "main", map[string]string{"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}}
}

// cleanupEvent is a schedule for environments that nobody has updated for so many days.
func cleanupEvent(days int) event {
	e := scheduleEvent()
	e.variables["DAYS"] = fmt.Sprint(days)
	return e
}

// rollbackEvent is a person on the default branch, who names what to go back to.
func rollbackEvent(to string) event {
	e := pushEvent()
	e.variables["ROLLBACK_TO"] = to
	return e
}

func tagEvent() event {
	return event{"tag", tag, map[string]string{"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_TAG": tag, "CI_COMMIT_BRANCH": ""}}
}
