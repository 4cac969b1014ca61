package service

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// dockerfile is the file that the image is built by, in its context.
const dockerfile = "Dockerfile"

// ContentTag names an image by what it is built from: the Dockerfile, the files of
// the build context that .dockerignore leaves in, their names, kinds and executable
// bits, and the platform. Times, owners and other mode bits do not count, so two
// clones of one commit give one tag.
func ContentTag(context, platform string) (string, error) {
	ignored, err := ignoreRules(context)
	if err != nil {
		return "", err
	}
	files, err := contextFiles(context, ignored)
	if err != nil {
		return "", fmt.Errorf("read build context %s: %w", context, err)
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\x00", platform)
	for _, file := range files {
		if err := hashFile(sum, context, file); err != nil {
			return "", fmt.Errorf("read build context %s: %w", context, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

func ignoreRules(context string) (*patternmatcher.PatternMatcher, error) {
	file, err := os.Open(filepath.Join(context, ".dockerignore"))
	if errors.Is(err, fs.ErrNotExist) {
		return patternmatcher.New(nil)
	}
	if err != nil {
		return nil, fmt.Errorf("read .dockerignore: %w", err)
	}
	defer file.Close()
	patterns, err := ignorefile.ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("read .dockerignore: %w", err)
	}
	rules, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, fmt.Errorf("read .dockerignore: %w", err)
	}
	return rules, nil
}

// contextFiles lists what the build sees, sorted, relative to context.
func contextFiles(context string, ignored *patternmatcher.PatternMatcher) ([]string, error) {
	var files []string
	err := filepath.WalkDir(context, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == context {
			return err
		}
		relative, err := filepath.Rel(context, path)
		if err != nil {
			return err
		}
		skip, err := ignored.MatchesOrParentMatches(filepath.ToSlash(relative))
		switch {
		case err != nil:
			return err
		case relative == dockerfile && !entry.IsDir():
			// The builder reads it even where .dockerignore leaves it out.
		case skip && entry.IsDir() && !ignored.Exclusions():
			return filepath.SkipDir
		case skip || entry.IsDir():
			return nil
		}
		files = append(files, relative)
		return nil
	})
	slices.Sort(files)
	return files, err
}

func hashFile(sum io.Writer, context, name string) error {
	path := filepath.Join(context, name)
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(sum, "link\x00%s\x00%s\x00", filepath.ToSlash(name), target)
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	fmt.Fprintf(sum, "file\x00%s\x00%t\x00%d\x00", filepath.ToSlash(name), info.Mode()&0o111 != 0, info.Size())
	_, err = io.Copy(sum, file)
	return err
}
