package service_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/build"
	"gitlab.com/slipway/slipway/components/service"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

const repositoryURL = "111122223333.dkr.ecr.us-east-1.amazonaws.com/recipes"

func version(t *testing.T, args *service.Args) string {
	t.Helper()
	tag, err := service.ContentTag(args.Context, "linux/arm64")
	if err != nil {
		t.Fatal(err)
	}
	return tag
}

// run runs the program of a service with these images in the repositories; it returns
// the recording, the image of the app's container, and what was built.
func run(t *testing.T, args *service.Args, images map[string]string, options ...pulumi.RunOption) (got *mocktest.Recording, image string, built []build.Image) {
	t.Helper()
	builder := &mocktest.Builder{}
	options = append(options, mocktest.WithImages(images))
	got = mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error { return program(args)(build.With(ctx, builder)) }, options...)
	definitions := got.Get(t, "ecs.TaskDefinition app").Inputs["containerDefinitions"]
	if !definitions.IsString() {
		return got, "not known", builder.Images()
	}
	match := regexp.MustCompile(`"image":"([^"]*)"`).FindStringSubmatch(definitions.StringValue())
	if match == nil {
		t.Fatalf("no image in %s", definitions)
	}
	return got, match[1], builder.Images()
}

func TestImageIsBuiltOnceAndPinned(t *testing.T) {
	args := base(t)
	tag := version(t, args)
	for name, test := range map[string]struct {
		images map[string]string
		digest string
		built  bool
	}{
		"first build, or expired in the repository": {nil, mocktest.BuiltDigest, true},
		"changed": {map[string]string{"0123456789abcdef": "sha256:old"}, mocktest.BuiltDigest, true},
		"unchanged, state lost or restored, or prod after staging": {map[string]string{tag: "sha256:there"}, "sha256:there", false},
		"back to earlier content":                                  {map[string]string{tag: "sha256:there", "0123456789abcdef": "sha256:old"}, "sha256:there", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, image, built := run(t, args, test.images)
			if want := repositoryURL + "@" + test.digest; image != want || (len(built) == 1) != test.built {
				t.Errorf("tasks run %s, want %s; built %v", image, want, built)
			}
		})
	}
}

// Whether it is built or found, the image is a resource: a preview shows its change.
func TestImageIsAResource(t *testing.T) {
	args := base(t)
	tag := version(t, args)
	for name, images := range map[string]map[string]string{"built": nil, "found": {tag: "sha256:there"}} {
		t.Run(name, func(t *testing.T) {
			got, _, _ := run(t, args, images)
			inputs := got.Get(t, "service.Image app").Inputs
			if inputs["name"].StringValue() != repositoryURL+":"+tag || inputs["platform"].StringValue() != "linux/arm64" {
				t.Errorf("the image is registered with %v", inputs)
			}
		})
	}
}

// What the program has found before is not looked for again.
func TestWhatWasFoundIsNotLookedForAgain(t *testing.T) {
	looks := 0
	count := mocktest.WithRefusals(func(token string) error {
		if token == "aws:ecr/getImage:getImage" {
			looks++
		}
		return nil
	})
	mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) (err error) {
		args := base(t)
		if args.Found, err = args.Find(ctx); err != nil {
			return err
		}
		return program(args)(ctx)
	}, count)
	if looks != 1 {
		t.Errorf("looked for the image %d times", looks)
	}
}

// A preview builds nothing and knows no digest; what is there it knows.
func TestPreviewBuildsNothing(t *testing.T) {
	args := base(t)
	preview := func(info *pulumi.RunInfo) { info.DryRun = true }
	for want, images := range map[string]map[string]string{
		"not known":                     nil,
		repositoryURL + "@sha256:there": {version(t, args): "sha256:there"},
	} {
		if _, image, built := run(t, args, images, preview); image != want || len(built) > 0 {
			t.Errorf("tasks run %s, want %s; built %v", image, want, built)
		}
	}
}

func TestImageIsBuiltForItsPlatformByItsContent(t *testing.T) {
	args := base(t)
	args.Architecture = service.AMD64
	tag, err := service.ContentTag(args.Context, "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	_, _, built := run(t, args, nil)
	want := build.Image{
		Name: repositoryURL + ":" + tag, Context: args.Context, Dockerfile: "Dockerfile", Platform: "linux/amd64", Cache: repositoryURL + "-cache:amd64",
		Registry: "https://111122223333.dkr.ecr.us-east-1.amazonaws.com", User: "AWS", Password: "token",
	}
	if len(built) != 1 || built[0] != want {
		t.Errorf("built %+v, want %+v", built, want)
	}
}

// Nothing of a build is in the state: no login, and nothing that a refresh on another
// machine would lose.
func TestNothingOfABuildIsRegistered(t *testing.T) {
	got, _, _ := run(t, base(t), nil)
	for _, res := range got.All() {
		if strings.HasPrefix(res.Type, "docker:") {
			t.Errorf("%s is registered", res.Key())
		}
		if strings.Contains(fmt.Sprint(res.Inputs, res.Outputs), "token") {
			t.Errorf("%s holds the registry's login", res.Key())
		}
	}
}

func TestBuildThatFailsEndsTheUpdate(t *testing.T) {
	_, err := mocktest.Run(t, "test", nil, func(ctx *pulumi.Context) error {
		return program(base(t))(build.With(ctx, &mocktest.Builder{Error: errors.New("no space left")}))
	})
	if err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("got %v", err)
	}
}

// overtaken is a Builder whose push is refused: somebody else has pushed the tag.
type overtaken struct{ there map[string]string }

func (o overtaken) Build(_ context.Context, image build.Image, _ io.Writer) (string, error) {
	o.there[image.Name[strings.LastIndex(image.Name, ":")+1:]] = "sha256:theirs"
	return "", errors.New("tag invalid: the tag already exists and cannot be overwritten because the tag is immutable")
}

func TestImageThatSomebodyElseHasPushedMeanwhileIsRun(t *testing.T) {
	there := map[string]string{}
	got := mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		return program(base(t))(build.With(ctx, overtaken{there}))
	}, mocktest.WithImages(there))
	if text := got.Get(t, "ecs.TaskDefinition app").Inputs["containerDefinitions"].StringValue(); !strings.Contains(text, repositoryURL+"@sha256:theirs") {
		t.Errorf("tasks run %s", text)
	}
}

const otherAccount = "222233334444"

// The account of another environment has tried the image: it is run from there, by
// its digest, and nothing is built. Nothing but the image is asked for.
func TestImageOfAnotherAccountIsRunAndNeverBuilt(t *testing.T) {
	args := base(t)
	args.RepositoryAccount = otherAccount
	tag := version(t, args)
	refuse := func(token string) error {
		if token == "aws:ecr/getRepository:getRepository" || token == "aws:ecr/getAuthorizationToken:getAuthorizationToken" {
			return errors.New("AccessDeniedException")
		}
		return nil
	}
	got, image, built := run(t, args, map[string]string{tag: "sha256:own", otherAccount + "/" + tag: "sha256:there"}, mocktest.WithRefusals(refuse))
	if want := otherAccount + ".dkr.ecr.us-east-1.amazonaws.com/recipes@sha256:there"; image != want || len(built) > 0 {
		t.Errorf("tasks run %s, built %v, want %s", image, built, want)
	}
	if policy := got.Get(t, "iam.RolePolicy app-execution").Inputs["policy"].StringValue(); !strings.Contains(policy, `"arn:aws:ecr:us-east-1:`+otherAccount+`:repository/recipes"`) {
		t.Errorf("ECS may not pull it: %s", policy)
	}
}

func TestTheStacksOwnAccountIsTheDefault(t *testing.T) {
	args := base(t)
	args.RepositoryAccount = "111122223333"
	if _, image, built := run(t, args, nil); image != repositoryURL+"@"+mocktest.BuiltDigest || len(built) != 1 {
		t.Errorf("tasks run %s, built %v", image, built)
	}
}

func TestImageThatAnotherAccountLacksIsAnErrorOfTheUpdate(t *testing.T) {
	args := base(t)
	args.RepositoryAccount = otherAccount
	tag := version(t, args)
	own := map[string]string{tag: "sha256:own"}
	_, err := mocktest.Run(t, "test", nil, program(args), mocktest.WithImages(own))
	want := "account " + otherAccount + " has no image recipes:" + tag + ", which is the app as it stands here for linux/arm64, and nothing is built into another account: first deploy"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, image, built := run(t, args, own, func(info *pulumi.RunInfo) { info.DryRun = true }); image != "recipes:"+tag || len(built) > 0 {
		t.Errorf("the preview runs %s, built %v", image, built)
	}
}

func TestImageIsAbsentInTheWordsOfEveryProvider(t *testing.T) {
	for _, words := range []string{
		"reading ECR Images: couldn't find resource",
		"Your query returned no results. Please change your search criteria and try again.",
		"reading ECR Images: ImageNotFoundException: The image with imageId {imageDigest:'null', imageTag:'latest'} does not exist within the repository",
		"no matching ECR Image found",
		"reading ECR Images: empty result",
	} {
		_, image, built := run(t, base(t), nil, mocktest.WithRefusals(func(token string) error {
			if token == "aws:ecr/getImage:getImage" {
				return errors.New(words)
			}
			return nil
		}))
		if len(built) != 1 || !strings.HasSuffix(image, mocktest.BuiltDigest) {
			t.Errorf("%s: tasks run %s, built %v", words, image, built)
		}
	}
}

func TestImageLookupFailsForOtherReasonsThanAbsence(t *testing.T) {
	for call, want := range map[string]string{
		"aws:ecr/getImage:getImage":           "look for image recipes:",
		"aws:ecr/getRepository:getRepository": "make bootstrap",
	} {
		refuse := func(token string) error {
			if token == call {
				return errors.New("AccessDeniedException")
			}
			return nil
		}
		_, err := mocktest.Run(t, "test", nil, program(base(t)), mocktest.WithRefusals(refuse))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "AccessDenied") {
			t.Errorf("%s: got %v", call, err)
		}
	}
	args := base(t)
	args.RepositoryAccount = otherAccount
	_, err := mocktest.Run(t, "test", nil, program(args), mocktest.WithRefusals(func(token string) error {
		if strings.HasPrefix(token, "aws:ecr/") {
			return errors.New("AccessDeniedException")
		}
		return nil
	}))
	if want := "account " + otherAccount + ": its bootstrap must name 111122223333 in pullAccounts, in region us-east-1"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// The docker plugin writes the login into the log at these levels.
func TestNothingIsPushedWhereTheLoginWouldBeShown(t *testing.T) {
	for level, refused := range map[string]bool{"": false, "WARN": false, "INFO": true, "debug": true, "trace": true} {
		t.Setenv("TF_LOG", level)
		_, err := mocktest.Run(t, "test", nil, program(full(t)))
		if got := err != nil && strings.Contains(err.Error(), "would show the registry's login: unset it, or set it to warn"); got != refused {
			t.Errorf("TF_LOG=%s: got %v", level, err)
		}
	}
}
