package main

import (
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

// jobs runs jobs of the pipeline of an event. AWS gives them the role that the job
// asks for, for a token about the event.
func (p *project) jobs(ctx context.Context, e event, names ...string) error {
	token, err := output(ctx, p.clone, "env", "PYTHONPATH="+filepath.Join(p.clone, "local"), ".slipway/venvs/local/bin/python", "-m", "slipway_local",
		"token", projectPath, "--ref", e.ref, "--ref-type", e.refType)
	if err != nil {
		return err
	}
	variables := map[string]string{
		"TARGET":           "local",
		"AUTH":             "true",
		"AWS_ACCOUNT_ID":   account,
		"AWS_ID_TOKEN":     strings.TrimSpace(token),
		"GITLAB_TOKEN":     p.gitlab.Token,
		"CI_API_V4_URL":    p.gitlabURL + "/api/v4",
		"CI_PROJECT_ID":    fmt.Sprint(projectID),
		"WATCH_MINUTES":    "1",
		"DOCKER_HOST":      "unix:///var/run/docker.sock",
		"DOCKER_CERT_PATH": "", "DOCKER_TLS_VERIFY": "",
		// This machine's own caches.
		"GOMODCACHE": os.Getenv("GOMODCACHE"), "GOCACHE": os.Getenv("GOCACHE"), "SLIPWAY_CACHE": os.Getenv("SLIPWAY_CACHE"), "PIP_CACHE_DIR": os.Getenv("PIP_CACHE_DIR"),
	}
	for name, variable := range map[string]string{"GOMODCACHE": "GOMODCACHE", "GOCACHE": "GOCACHE"} {
		value, err := output(ctx, p.clone, "go", "env", variable)
		if err != nil {
			return err
		}
		variables[name] = strings.TrimSpace(value)
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
	bin := filepath.Join(p.runner, "node_modules/.bin")
	arguments := append([]string{
		"--cwd", p.clone, "--variables-file", file, "--force-shell-executor", "--no-color",
		"--ignore-predefined-vars", strings.Join(slices.Sorted(maps.Keys(variables)), ","),
	}, names...)
	return command(ctx, p.clone, []string{"PATH=" + bin + ":" + os.Getenv("PATH")}, filepath.Join(bin, "gitlab-ci-local"), arguments...)
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

func tagEvent() event {
	return event{"tag", tag, map[string]string{"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_TAG": tag, "CI_COMMIT_BRANCH": ""}}
}
