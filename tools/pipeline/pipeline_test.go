package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"regexp"
	"testing"
)

func content(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// find returns the only group of a pattern in a file.
func find(t *testing.T, name, pattern string) string {
	t.Helper()
	found := regexp.MustCompile("(?m)" + pattern).FindStringSubmatch(content(t, name))
	if found == nil {
		t.Fatalf("%s has no %s", name, pattern)
	}
	return found[1]
}

const dockerfile = "tools/pipeline/jobs.Dockerfile"

// Jobs run what the programs are pinned to: a plugin of another version would be
// downloaded by every job.
func TestTheImageIsThatOfThePins(t *testing.T) {
	for what, want := range map[string]string{
		`^FROM pulumi/pulumi-go:(\S+)@`:   find(t, "go.mod", `pulumi/pulumi/sdk/v3 v(\S+)$`),
		`install resource aws (6\.8\S+) `: find(t, "go.mod", `pulumi-aws/sdk/v6 v(\S+)$`),
		`install resource aws (6\.6\S+) `: find(t, "tools/awsx/vpc/resources.go", `awsVersion = "(\S+)"`),
		`install resource awsx (\S+) `:    find(t, "go.mod", `pulumi-awsx/sdk/v2 v(\S+)$`),
		`install resource docker (\S+)$`:  find(t, "go.mod", `pulumi-docker/sdk/v4 v(\S+)$`),
		`^FROM docker:(\S+) `:             find(t, ".gitlab-ci.yml", `name: docker:(\S+)$`),
	} {
		if got := find(t, dockerfile, what); got != want {
			t.Errorf("%s is %s, want %s", what, got, want)
		}
	}
	language := find(t, "go.mod", `^go (\S+)$`)
	if got := find(t, dockerfile, `^FROM golang:(\d+\.\d+)`); got != language {
		t.Errorf("the image has Go %s, go.mod says %s", got, language)
	}
}

func TestTheTagOfTheImageIsThatOfItsDockerfile(t *testing.T) {
	want := fmt.Sprintf("%x", sha256.Sum256([]byte(content(t, dockerfile))))[:16]
	if got := find(t, ".gitlab-ci.yml", `JOBS_IMAGE_TAG: "?(\w+)"?$`); got != want {
		t.Errorf("the tag is %s, want %s: make jobs-image-tag", got, want)
	}
}

// The roles' names begin with the project's.
func TestTheProjectIsThatOfPulumi(t *testing.T) {
	if got, want := find(t, ".gitlab-ci.yml", `PULUMI_PROJECT: (\S+)$`), find(t, "Pulumi.yaml", `^name: (\S+)$`); got != want {
		t.Errorf("PULUMI_PROJECT is %s, want %s", got, want)
	}
}
