package main

import (
	"context"
	"errors"
	"fmt"
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
}

// deployStaging: a commit on the default branch updates staging.
func deployStaging(ctx context.Context, p *project) error {
	if err := p.onMain(ctx); err != nil {
		return err
	}
	if err := p.jobs(ctx, pushEvent(), "pipeline lint", "staging"); err != nil {
		return err
	}
	outputs, err := p.outputs(ctx, "staging")
	if err != nil {
		return err
	}
	if outputs["version"] == nil || outputs["url"] == nil {
		return fmt.Errorf("staging is not deployed: its outputs are %v", outputs)
	}
	return nil
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
// the network of staging. Stopped, and cleaned up when nobody has, nothing is left.
func reviewChange(ctx context.Context, p *project) error {
	if err := p.onMain(ctx); err != nil {
		return err
	}
	stack := fmt.Sprintf("review-%d", mergeRequest)
	staging, err := p.outputs(ctx, "staging")
	if err != nil {
		return err
	}
	for _, end := range []struct {
		event event
		job   string
	}{
		{mergeRequestEvent(), "stop review"},
		{cleanupEvent(0), "cleanup"},
	} {
		if err := p.jobs(ctx, mergeRequestEvent(), "review"); err != nil {
			return err
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
		if err := p.jobs(ctx, end.event, end.job); err != nil {
			return err
		}
		left, err := p.tagged(ctx, stack)
		if err != nil {
			return err
		}
		if left != "" {
			return fmt.Errorf("%s has left\n%s", end.job, left)
		}
	}
	return nil
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

// deployProd: a tag deploys prod and watches its alarms.
func deployProd(ctx context.Context, p *project) error {
	if err := p.onMain(ctx); err != nil {
		return err
	}
	if err := p.jobs(ctx, tagEvent(), "prod"); err != nil {
		return err
	}
	outputs, err := p.outputs(ctx, "prod")
	if err == nil && outputs["version"] == nil {
		err = fmt.Errorf("prod is not deployed: its outputs are %v", outputs)
	}
	return err
}
