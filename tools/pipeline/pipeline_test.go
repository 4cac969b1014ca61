package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
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
		`get.pulumi.com .* --version (\S+) `: find(t, "go.mod", `pulumi/pulumi/sdk/v3 v(\S+)$`),
		`install resource aws (6\.8\S+) `:    find(t, "go.mod", `pulumi-aws/sdk/v6 v(\S+)$`),
		`install resource aws (6\.6\S+) `:    find(t, "tools/awsx/vpc/resources.go", `awsVersion = "(\S+)"`),
		`install resource awsx (\S+) `:       find(t, "go.mod", `pulumi-awsx/sdk/v2 v(\S+)$`),
		`install resource docker (\S+)$`:     find(t, "go.mod", `pulumi-docker/sdk/v4 v(\S+)$`),
		`^FROM docker:(\S+) `:                find(t, ".gitlab-ci.yml", `name: docker:(\S+)$`),
	} {
		if got := find(t, dockerfile, what); got != want {
			t.Errorf("%s is %s, want %s", what, got, want)
		}
	}
	language := find(t, "go.mod", `^go (\d+\.\d+)`)
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

// A branch may write the caches that its jobs use. A job with a role on protected refs
// that read them would run what the branch has written.
func TestNoBranchWritesWhatARoleReads(t *testing.T) {
	var jobs map[string]yaml.Node
	if err := yaml.Unmarshal([]byte(content(t, ".gitlab-ci.yml")), &jobs); err != nil {
		t.Fatal(err)
	}
	// These jobs are of branches themselves.
	ofBranches := []string{".branch-caches", ".check", "preview", "review", "stop review"}
	withRole := 0
	for name, node := range jobs {
		var text bytes.Buffer
		if err := yaml.NewEncoder(&text).Encode(resolved(&node)); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text.String(), "unprotect: true") && !slices.Contains(ofBranches, name) {
			t.Errorf("%s uses a cache that every branch may write", name)
		}
		if regexp.MustCompile(`extends: \[?\.(aws|deploy)`).MatchString(text.String()) {
			withRole++
		}
	}
	if withRole < 10 {
		t.Errorf("only %d jobs with a role were looked at", withRole)
	}
}

// resolved is a node with its aliases replaced by what they are of.
func resolved(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	copied := *node
	copied.Anchor, copied.Content = "", nil
	for _, below := range node.Content {
		copied.Content = append(copied.Content, resolved(below))
	}
	return &copied
}
