package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gitlab.com/slipway/slipway/components/service"
)

// bucket is S3 with one bucket, CloudWatch Logs, RDS and the tagging API, which list
// nothing but what is tagged.
type bucket struct {
	mu      sync.Mutex
	objects map[string]string
	// tagged is the ARN of what is left of review-7.
	tagged string
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := strings.TrimPrefix(r.URL.Path, "/state/")
	switch {
	case r.Header.Get("X-Amz-Target") != "":
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		answer := `{"logGroups": []}`
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "GetResources") {
			answer = `{"ResourceTagMappingList": []}`
			if b.tagged != "" {
				answer = `{"ResourceTagMappingList": [{"ResourceARN": "` + b.tagged + `", "Tags": [{"Key": "environment", "Value": "review-7"}]}]}`
			}
		}
		fmt.Fprint(w, answer)
	case r.URL.Path == "/" && r.Method == http.MethodPost:
		fmt.Fprint(w, `<DescribeDBSnapshotsResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><DescribeDBSnapshotsResult/></DescribeDBSnapshotsResponse>`)
	case r.URL.Query().Get("list-type") == "2":
		fmt.Fprint(w, `<ListBucketResult>`)
		for name := range b.objects {
			if strings.HasPrefix(name, r.URL.Query().Get("prefix")) {
				fmt.Fprintf(w, `<Contents><Key>%s</Key><LastModified>2026-11-01T20:00:00.000Z</LastModified></Contents>`, name)
			}
		}
		fmt.Fprint(w, `</ListBucketResult>`)
	case r.Method == http.MethodHead && r.URL.Path == "/state":
	case r.Method == http.MethodGet && b.objects[key] != "":
		w.Header().Set("X-Amz-Version-Id", fmt.Sprintf("v%d", len(b.objects[key])))
		w.Header().Set("Last-Modified", "Mon, 30 Nov 2026 09:00:00 GMT")
		fmt.Fprint(w, b.objects[key])
	case r.Method == http.MethodGet:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `<Error><Code>NoSuchKey</Code></Error>`)
	case r.Method == http.MethodPut:
		text, _ := io.ReadAll(r.Body)
		b.objects[key] = string(text)
	case r.Method == http.MethodDelete:
		delete(b.objects, key)
	default:
		w.WriteHeader(http.StatusTeapot)
	}
}

const stateOf = `{"version": 3, "checkpoint": {"stack": "organization/shop/staging", "latest": {"secrets_providers": {"type": "cloud"}, "resources": [
  {"urn": "urn:pulumi:staging::shop::pulumi:pulumi:Stack::shop-staging", "type": "pulumi:pulumi:Stack", "outputs": {"url": "https://example.com", "key": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "CIPHER"}}}]}}}`

// shop is a project in a directory of its own, which becomes the working one, with a
// bucket, and programs of that directory first on PATH.
func shop(t *testing.T) *bucket {
	t.Helper()
	clean(t)
	b := &bucket{objects: map[string]string{}}
	endpoint := httptest.NewServer(b)
	t.Cleanup(endpoint.Close)
	dir := t.TempDir()
	t.Chdir(dir)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": endpoint.URL, "AWS_REGION": "us-east-1", "PULUMI_BACKEND_URL": "s3://state?region=us-east-1&s3ForcePathStyle=true&disableSSL=true",
		"SLIPWAY_STACK_FILES": "", "CI_COMMIT_SHA": "0123abcd", "PATH": dir + ":" + os.Getenv("PATH"), "GITLAB_TOKEN": "",
	} {
		t.Setenv(name, value)
	}
	for name, text := range map[string]string{
		"Pulumi.yaml":         "name: shop\nruntime: go\n",
		"Pulumi.review.yaml":  "config:\n  aws:region: us-east-1\n",
		"Pulumi.staging.yaml": "secretsprovider: awskms://alias/a\nencryptedkey: OPENS-ALL\nconfig:\n  shop:size: 3\n  shop:key:\n    secure: CIPHER\n  shop:nested:\n    - secure: CIPHER\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// program writes a program of the shop's directory.
func program(t *testing.T, name, script string) {
	t.Helper()
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestShareWritesACopyAndRemovesIt(t *testing.T) {
	b := shop(t)
	b.objects[".pulumi/stacks/shop/staging.json"] = stateOf
	if code, _, errs := slipway(t, "", "state", "share", "--stack", "staging"); code != 0 {
		t.Fatalf("got %d, %s", code, errs)
	}
	shared := b.objects["previews/shop/staging.json"]
	if !strings.Contains(shared, `"written":"2026-11-30T09:00:00Z"`) || strings.Contains(shared, "CIPHER") {
		t.Errorf("got %s", shared)
	}
	if code, out, errs := slipway(t, "", "state", "outputs", "--stack", "staging"); code != 0 || !strings.Contains(out, `"url": "https://example.com"`) {
		t.Errorf("got %d, %s, %s", code, out, errs)
	}
	delete(b.objects, ".pulumi/stacks/shop/staging.json")
	if code, _, errs := slipway(t, "", "state", "share", "--stack", "staging"); code != 0 || len(b.objects) != 0 {
		t.Errorf("got %d, %s, %v", code, errs, b.objects)
	}
	if code, _, errs := slipway(t, "", "state", "outputs", "--stack", "staging"); code != 1 || !strings.Contains(errs, "there is no shared copy of shop/staging") {
		t.Errorf("got %d, %s", code, errs)
	}
}

// The preview of any branch: what pulumi gets holds no secret and no way to one.
func TestPreviewReadsTheCopyAlone(t *testing.T) {
	b := shop(t)
	b.objects[".pulumi/stacks/shop/staging.json"] = stateOf
	slipway(t, "", "state", "share", "--stack", "staging")
	delete(b.objects, ".pulumi/stacks/shop/staging.json")
	kept := t.TempDir()
	t.Setenv("KEPT", kept)
	program(t, "pulumi", `echo "$PULUMI_BACKEND_URL $*" >>$KEPT/calls
dir=${PULUMI_BACKEND_URL#file://}
cat $dir/Pulumi.staging.yaml $dir/state.json >>$KEPT/read
case $1 in preview) echo '{"steps": []}'; exit 7 ;; esac`)
	code, out, errs := slipway(t, "", "preview", "--stack", "staging", "--out", "preview.json")
	if code != 7 || out != "2026-11-30T09:00:00Z\n" || read(t, "preview.json") != "{\"steps\": []}\n" {
		t.Errorf("got %d, %q, %s", code, out, errs)
	}
	text := read(t, filepath.Join(kept, "read"))
	for _, secret := range []string{"CIPHER", "OPENS-ALL", "secretsprovider", "awskms"} {
		if strings.Contains(text, secret) {
			t.Errorf("pulumi could read %s: %s", secret, text)
		}
	}
	if !strings.Contains(text, "shop:size: 3") || !strings.Contains(text, `"https://example.com"`) || strings.Count(text, `"[secret]"`) < 3 {
		t.Errorf("pulumi got %s", text)
	}
	calls := read(t, filepath.Join(kept, "calls"))
	for _, call := range []string{"stack init", "stack import", "preview --non-interactive --json --show-sames --stack staging"} {
		if !strings.Contains(calls, call) {
			t.Errorf("no %s in %s", call, calls)
		}
	}
	dir := strings.TrimPrefix(strings.Fields(calls)[0], "file://")
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s was not removed: %v", dir, err)
	}
}

func TestPreviewOfWhatWasNeverDeployed(t *testing.T) {
	shop(t)
	program(t, "pulumi", `case "$*" in *import*) exit 1 ;; esac`)
	if code, out, errs := slipway(t, "", "preview", "--stack", "staging", "--out", "preview.json"); code != 0 || out != "none\n" {
		t.Errorf("got %d, %q, %s", code, out, errs)
	}
}

// step is a preview of the shop with one resource.
func step(kind, op string) string {
	return fmt.Sprintf(`{"steps": [{"op": %q, "urn": "urn:pulumi:staging::shop::%s::image", "oldState": {"inputs": {}}, "newState": {"inputs": {}}}]}`, op, kind)
}

func TestAPlanIsForOneStateAndOneCommit(t *testing.T) {
	b := shop(t)
	b.objects[".pulumi/stacks/shop/staging.json"] = stateOf
	program(t, "pulumi", "echo '"+step("aws:kms/key:Key", "update")+"'; touch kept/plan.json")
	code, out, errs := slipway(t, "", "plan", "--stack", "staging", "--dir", "kept")
	if code != 0 || !strings.Contains(out, "**1 updated**") {
		t.Fatalf("got %d, %s, %s", code, out, errs)
	}
	in, err := openBackend(t.Context(), "staging")
	if err != nil {
		t.Fatal(err)
	}
	if err := checkPlanned(t.Context(), in, "kept"); err != nil {
		t.Errorf("nothing has changed: %v", err)
	}
	t.Setenv("CI_COMMIT_SHA", "another")
	if err := checkPlanned(t.Context(), in, "kept"); err == nil || !strings.Contains(err.Error(), `of commit "0123abcd", not of "another"`) {
		t.Errorf("got %v", err)
	}
	b.objects[".pulumi/stacks/shop/staging.json"] = stateOf + " "
	err = checkPlanned(t.Context(), in, "kept")
	if err == nil || !strings.Contains(err.Error(), "has moved since it was planned for") || !strings.Contains(err.Error(), "plan again") {
		t.Errorf("got %v", err)
	}
	if err := checkPlanned(t.Context(), in, t.TempDir()); err == nil || !strings.Contains(err.Error(), "there is no plan") {
		t.Errorf("got %v", err)
	}
}

// What a build gives is not known before, and prod runs what staging has run.
func TestAPlanBuildsNoImage(t *testing.T) {
	shop(t)
	said := `{"diagnostics": [{"severity": "info", "message": "image: a/shop:0123 ` + service.ToBeBuilt + ` for linux/arm64"}], ` + step("aws:kms/key:Key", "update")[1:]
	program(t, "pulumi", "echo '"+said+"'")
	code, _, errs := slipway(t, "", "plan", "--stack", "staging", "--dir", "kept")
	if code != 1 || !strings.Contains(errs, "is for an image that is in no repository: image: a/shop:0123") || !strings.Contains(errs, "deploy this commit to the environment before it") {
		t.Errorf("got %d, %s", code, errs)
	}
	if _, err := os.Stat("kept/planned.json"); !os.IsNotExist(err) {
		t.Errorf("the plan was kept: %v", err)
	}
}

// Only an environment without a state is none; what can't be destroyed, or is left,
// fails the job.
func TestAReviewEnvironmentIsStoppedOrTheJobFails(t *testing.T) {
	b := shop(t)
	program(t, "make", `echo "$*" >>calls; [ -f Pulumi.review-7.yaml ] || exit 9; [ ! -f refuse ] || exit 2`)
	if code, _, errs := slipway(t, "", "review", "stop", "7"); code != 0 || !strings.Contains(errs, "review-7 has no state: nothing to destroy") {
		t.Errorf("got %d, %s", code, errs)
	}
	b.objects[".pulumi/stacks/shop/review-7.json"] = stateOf
	if err := os.WriteFile("refuse", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs := slipway(t, "", "review", "stop", "7")
	if code != 1 || !strings.Contains(errs, "review-7 was not destroyed, and costs on") || strings.Contains(errs, "nothing to destroy") {
		t.Errorf("got %d, %s", code, errs)
	}
	if err := os.Remove("refuse"); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := slipway(t, "", "review", "stop", "7"); code != 0 {
		t.Errorf("got %d, %s", code, errs)
	}
	if calls := read(t, "calls"); calls != "review-destroy STACK=review-7\nreview-destroy STACK=review-7\n" {
		t.Errorf("got %s", calls)
	}
	if _, err := os.Stat("Pulumi.review-7.yaml"); !os.IsNotExist(err) {
		t.Errorf("its file is still there: %v", err)
	}
	for _, bad := range []string{"", "seven", "-1", "7;ls"} {
		if code, _, errs := slipway(t, "", "review", "stop", "--", bad); code != 1 || !strings.Contains(errs, "is no merge request's number") {
			t.Errorf("%q: got %d, %s", bad, code, errs)
		}
	}
}

func TestCleanupGoesOnAndReportsOrphans(t *testing.T) {
	b := shop(t)
	b.tagged = "arn:aws:s3:::shop-review-7-media"
	for _, stack := range []string{"review-8", "review-9", "staging"} {
		b.objects[".pulumi/stacks/shop/"+stack+".json"] = stateOf
	}
	program(t, "make", `echo "$*" >>calls; case $2 in *-8) exit 2 ;; esac`)
	code, _, errs := slipway(t, "", "review", "cleanup", "7")
	for _, want := range []string{"review-8 was not destroyed", "whose stack is gone:\n    arn:aws:s3:::shop-review-7-media"} {
		if !strings.Contains(errs, want) {
			t.Errorf("no %q in %s", want, errs)
		}
	}
	if calls := read(t, "calls"); code == 0 || strings.Count(calls, "review-destroy") != 2 || strings.Contains(calls, "staging") {
		t.Errorf("got %d, %s", code, calls)
	}
	b.tagged, b.objects = "", map[string]string{}
	if code, _, errs := slipway(t, "", "review", "cleanup", "7"); code != 0 {
		t.Errorf("got %d, %s", code, errs)
	}
}
