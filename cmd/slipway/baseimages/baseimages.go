// Package baseimages keeps the images that a project builds on, and those that its
// pipeline runs in, named by tag and digest: the digest of the image's index, which
// has every architecture.
package baseimages

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"gitlab.com/slipway/slipway/internal/problem"
)

// Change is a reference that does not name the newest digest of its tag.
type Change struct {
	Reference
	// New is what should stand there.
	New string
}

// String is the change in one line.
func (c Change) String() string {
	before, had, _ := strings.Cut(c.Text, "@")
	if had == "" {
		had = "not pinned"
	}
	_, digest, _ := strings.Cut(c.New, "@")
	return fmt.Sprintf("%s:%d %s: %s -> %s", c.File, c.Line, before, had, digest)
}

// Stale asks the registries for the newest digests and says which references name
// another or none. What could not be asked for is in the error; the changes are
// good even so. References with variables are passed over: their registry is
// known elsewhere.
func Stale(ctx context.Context, references []Reference) ([]Change, error) {
	var changes []Change
	var problems []error
	newest := map[string]string{}
	for _, r := range references {
		if strings.Contains(r.Text, "$") {
			continue
		}
		image, err := tagged(r.Text)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: %w", r.File, r.Line, err))
			continue
		}
		if _, asked := newest[image]; !asked {
			newest[image], err = digest(ctx, image)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s:%d: %w", r.File, r.Line, err))
			}
		}
		if found := newest[image]; found != "" && r.Text != image+"@"+found {
			changes = append(changes, Change{r, image + "@" + found})
		}
	}
	return changes, errors.Join(problems...)
}

// tagged is the image without its digest, as it is written, but always with a tag.
func tagged(text string) (string, error) {
	image, _, pinned := strings.Cut(text, "@")
	tag, err := name.NewTag(image)
	switch {
	case err != nil:
		return "", &problem.Problem{What: text + " names no image", Todo: "write name:tag, as in python:3.13-slim"}
	case strings.HasSuffix(image, ":"+tag.TagStr()):
		return image, nil
	case pinned:
		return "", &problem.Problem{What: text + " has no tag, so nothing says what is newer", Todo: "write name:tag@sha256:..."}
	}
	return image + ":" + tag.TagStr(), nil
}

// digest asks a registry for the digest of a tag, with the docker command's
// credentials. HEAD does not count as a pull.
func digest(ctx context.Context, image string) (string, error) {
	tag, err := name.NewTag(image)
	if err != nil {
		return "", err
	}
	found, err := remote.Head(tag, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain))
	if err != nil {
		return "", &problem.Problem{What: "ask " + tag.RegistryStr() + " for " + image, Todo: "check the name, the network, and docker login " + tag.RegistryStr(), Cause: err}
	}
	if !found.MediaType.IsIndex() {
		return "", &problem.Problem{What: fmt.Sprintf("%s is for one platform only (%s)", image, found.MediaType), Todo: "take an image for several platforms: its digest would fit no other architecture"}
	}
	return found.Digest.String(), nil
}

// Apply writes the changes into the files of a project.
func Apply(root string, changes []Change) error {
	files := map[string][]Change{}
	for _, c := range changes {
		files[c.File] = append(files[c.File], c)
	}
	for file, changes := range files {
		path := filepath.Join(root, filepath.FromSlash(file))
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("update base images: %w", err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("update base images: %w", err)
		}
		lines := strings.SplitAfter(string(text), "\n")
		for _, c := range changes {
			if !replace(lines[c.Line-1:], c) {
				return fmt.Errorf("update base images: %s:%d: %s does not stand there as it is meant", c.File, c.Line, c.Text)
			}
		}
		if err := os.WriteFile(path, []byte(strings.Join(lines, "")), info.Mode()); err != nil {
			return fmt.Errorf("update base images: %w", err)
		}
	}
	return nil
}

// replace changes the first mention from a line on, as a whole word: an instruction
// may span lines.
func replace(lines []string, c Change) bool {
	mention := regexp.MustCompile(`(^|[\s=,'"\[{])` + regexp.QuoteMeta(c.Text) + `($|[\s,'"\]}])`)
	at := slices.IndexFunc(lines, mention.MatchString)
	if at < 0 {
		return false
	}
	place := mention.FindStringSubmatchIndex(lines[at])
	lines[at] = lines[at][:place[3]] + c.New + lines[at][place[4]:]
	return true
}
