package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gitlab.com/slipway/slipway/internal/gitlabtest"
)

// pipeline is one of the project's pipelines and what has to come of it.
type pipeline struct {
	name string
	run  func(context.Context, *project) error
}

// pipelines are all pipelines, in the order in which a project has them.
var pipelines = []pipeline{
	{"main", deployStaging},
	{"merge-request", previewChange},
	{"review", reviewChange},
	{"schedule", findDrift},
	{"tag", deployProd},
	{"rollback", rollBackProd},
}

// deployStaging: a commit on the default branch updates staging.
func deployStaging(ctx context.Context, p *project) error {
	if err := p.onMain(ctx); err != nil {
		return err
	}
	if err := p.jobs(ctx, pushEvent(), "pipeline lint", "staging"); err != nil {
		return err
	}
	_, err := p.version(ctx, "staging")
	return err
}

// previewChange: a merge request gets one note for each stack, updated in place.
func previewChange(ctx context.Context, p *project) error {
	if err := p.onBranch(ctx, branch, "Pulumi.staging.yaml", "databaseClass: db.t4g.micro", "databaseClass: db.t4g.small"); err != nil {
		return err
	}
	for range 2 {
		if err := p.jobs(ctx, mergeRequestEvent(), "preview: [staging]", "preview: [prod]"); err != nil {
			return err
		}
	}
	counts, err := os.ReadFile(filepath.Join(p.clone, "reports/changes.json"))
	if err != nil || !strings.Contains(string(counts), `"update":`) {
		return errors.Join(err, fmt.Errorf("GitLab has no counts to show: %q", counts))
	}
	notes := p.gitlab.Notes(mergeRequest)
	if len(notes) != 2 {
		return fmt.Errorf("two runs for two stacks made %d notes, want 2", len(notes))
	}
	for _, note := range notes {
		fmt.Println(note.Body)
	}
	staging := notes[0].Body
	if !strings.Contains(staging, "`staging`") {
		staging = notes[1].Body
	}
	var problems []error
	for _, want := range []string{
		"Preview of `staging`", "cost a month at rest", `- instanceClass: "db.t4g.micro"`, `+ instanceClass: "db.t4g.small"`, "[job](https://gitlab.com/",
	} {
		if !strings.Contains(staging, want) {
			problems = append(problems, fmt.Errorf("the note about staging lacks %q", want))
		}
	}
	return errors.Join(problems...)
}

// reviewChange: a merge request gets an environment with a database of its own in
// the network of staging, and each push updates it. Stopped, and cleaned up when nobody
// has, nothing is left.
func reviewChange(ctx context.Context, p *project) error {
	stack := fmt.Sprintf("review-%d", mergeRequest)
	if err := p.onMain(ctx); err != nil {
		return err
	}
	staging, err := p.outputs(ctx, "staging")
	if err != nil {
		return err
	}
	for _, tasks := range []string{"3", "4"} {
		if err := p.onBranch(ctx, branch, "Pulumi.review.yaml", "maxTasks: 2", "maxTasks: "+tasks); err != nil {
			return err
		}
		if err := p.jobs(ctx, mergeRequestEvent(), "review"); err != nil {
			return fmt.Errorf("the environment with %s tasks: %w", tasks, err)
		}
		// The job has checked that the app answers at its URL.
		outputs, err := p.outputs(ctx, stack)
		if err != nil {
			return err
		}
		for _, own := range []string{"url", "databaseEndpoint", "mediaBucket"} {
			if outputs[own] == nil || outputs[own] == staging[own] {
				return fmt.Errorf("the environment has no %s of its own: %v", own, outputs[own])
			}
		}
	}
	if err := p.jobs(ctx, mergeRequestEvent(), "stop review"); err != nil {
		return err
	}
	if err := p.nothingLeft(ctx, "stop review", stack); err != nil {
		return err
	}
	if err := p.jobs(ctx, mergeRequestEvent(), "stop review"); err != nil {
		return fmt.Errorf("stopped once more, with nothing to destroy: %w", err)
	}
	// Somebody has forgotten one.
	if err := p.jobs(ctx, mergeRequestEvent(), "review"); err != nil {
		return err
	}
	if err := p.onMain(ctx); err != nil {
		return err
	}
	if err := p.jobs(ctx, cleanupEvent(0), "cleanup"); err != nil {
		return err
	}
	return p.nothingLeft(ctx, "cleanup", stack)
}

// nothingLeft returns an error with what a job has left of an environment.
func (p *project) nothingLeft(ctx context.Context, job, stack string) error {
	left, err := p.tagged(ctx, stack)
	if err == nil && left != "" {
		err = fmt.Errorf("%s has left\n%s", job, left)
	}
	return err
}

// tagged are the ARNs of what is tagged with an environment, without keys, which
// AWS deletes after a week, and task definitions, which it keeps as inactive.
func (p *project) tagged(ctx context.Context, environment string) (string, error) {
	const code = `
import boto3, sys
pages = boto3.client("resourcegroupstaggingapi").get_paginator("get_resources")
for page in pages.paginate(TagFilters=[{"Key": "environment", "Values": [sys.argv[1]]}]):
    for found in page["ResourceTagMappingList"]:
        if not any(kept in found["ResourceARN"] for kept in (":kms:", ":task-definition/")):
            print(found["ResourceARN"])
`
	return output(ctx, p.clone, "scripts/with-aws", ".slipway/venvs/local/bin/python", "-c", code, environment)
}

// findDrift: a resource that was changed by hand is in an issue, which is closed
// when it is as before.
func findDrift(ctx context.Context, p *project) error {
	if err := p.onMain(ctx); err != nil {
		return err
	}
	if err := p.setRetention(ctx, 7); err != nil {
		return err
	}
	if err := p.jobs(ctx, scheduleEvent(), "drift: [staging]"); err == nil {
		return errors.New("the job passed although a resource was changed by hand")
	}
	issues := p.gitlab.Issues()
	if len(issues) != 1 || issues[0].State != gitlabtest.Opened || !strings.Contains(issues[0].Description, "- retentionInDays: 7\n+ retentionInDays: 30") {
		return fmt.Errorf("no open issue about the log group: %+v", issues)
	}
	fmt.Println(issues[0].Title + "\n\n" + issues[0].Description)
	if err := p.setRetention(ctx, 30); err != nil {
		return err
	}
	if err := p.jobs(ctx, scheduleEvent(), "drift: [staging]"); err != nil {
		return err
	}
	if issues := p.gitlab.Issues(); len(issues) != 1 || issues[0].State != gitlabtest.Closed {
		return fmt.Errorf("the issue is not closed: %+v", issues)
	}
	return nil
}

// setRetention changes a log group of staging as somebody would by hand.
func (p *project) setRetention(ctx context.Context, days int) error {
	const code = `import boto3, sys; boto3.client("logs").put_retention_policy(logGroupName="/slipway/staging/app", retentionInDays=int(sys.argv[1]))`
	return command(ctx, p.clone, nil, "scripts/with-aws", ".slipway/venvs/local/bin/python", "-c", code, fmt.Sprint(days))
}

// deployProd: a tag is planned, what was planned is deployed, its alarms are watched.
// A plan is not deployed twice: the state has moved.
func deployProd(ctx context.Context, p *project) error {
	if err := p.onMain(ctx); err != nil {
		return err
	}
	if err := command(ctx, p.clone, nil, "git", "tag", "--force", tag); err != nil {
		return err
	}
	if err := p.jobs(ctx, tagEvent(), "plan prod", "prod", "watch prod"); err != nil {
		return err
	}
	if _, err := p.version(ctx, "prod"); err != nil {
		return err
	}
	if err := p.jobs(ctx, tagEvent(), "prod"); err == nil {
		return errors.New("the plan was deployed once more, although the state had moved")
	}
	return nil
}

// rollBackProd: main goes on to a new version of the app, and prod back to the tag's,
// with the image that is there.
func rollBackProd(ctx context.Context, p *project) error {
	before, err := p.version(ctx, "prod")
	if err != nil {
		return err
	}
	if err := p.changeApp(ctx); err != nil {
		return err
	}
	if err := p.jobs(ctx, pushEvent(), "plan prod"); err == nil {
		return errors.New("prod was planned with an image that staging has not built")
	}
	if err := p.jobs(ctx, pushEvent(), "staging", "plan prod", "prod"); err != nil {
		return err
	}
	after, err := p.version(ctx, "prod")
	if err != nil {
		return err
	}
	if after == before {
		return fmt.Errorf("prod still runs %v after the app has changed", after)
	}
	if err := p.jobs(ctx, rollbackEvent(tag), "rollback prod"); err != nil {
		return err
	}
	if back, err := p.version(ctx, "prod"); err != nil || back != before {
		return errors.Join(err, fmt.Errorf("prod runs %v after it was rolled back, want %v", back, before))
	}
	return nil
}

// version is the version of the app that a stack runs.
func (p *project) version(ctx context.Context, stack string) (any, error) {
	outputs, err := p.outputs(ctx, stack)
	if err == nil && outputs["version"] == nil {
		err = fmt.Errorf("%s is not deployed: its outputs are %v", stack, outputs)
	}
	return outputs["version"], err
}
