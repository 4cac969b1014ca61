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

// ContentTag names an image by what BuildKit reads of it: the Dockerfile, the files
// and directories of the build context that its ignore file leaves in, their names,
// kinds, executable bits and links' targets, and the platform. Times, owners and
// other mode bits do not count, so two clones of one commit give one tag, whatever
// the umask.
func ContentTag(context, platform string) (string, error) {
	root, err := filepath.EvalSymlinks(context)
	if err != nil {
		return "", fmt.Errorf("read build context %s: %w", context, err)
	}
	ignored, err := ignoreRules(root)
	if err != nil {
		return "", err
	}
	files, err := contextFiles(root, ignored)
	if err != nil {
		return "", fmt.Errorf("read build context %s: %w", context, err)
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\x00", platform)
	// The builder reads it even where it is left out of the context, and through links.
	if err := hashContent(sum, root, dockerfile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read build context %s: %w", context, err)
	}
	for _, file := range files {
		if err := hashEntry(sum, root, file); err != nil {
			return "", fmt.Errorf("read build context %s: %w", context, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// ignoreRules are those of the Dockerfile's own ignore file or, without one, of the
// context's: https://docs.docker.com/build/concepts/context/#filename-and-location
func ignoreRules(context string) (*patternmatcher.PatternMatcher, error) {
	for _, name := range []string{dockerfile + ".dockerignore", ".dockerignore"} {
		file, err := os.Open(filepath.Join(context, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		defer file.Close()
		patterns, err := ignorefile.ReadAll(file)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		rules, err := patternmatcher.New(patterns)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		return rules, nil
	}
	return patternmatcher.New(nil)
}

// contextFiles lists what the build is sent, sorted, relative to context. What is
// ignored and may not be read is passed over, as BuildKit does:
// https://github.com/tonistiigi/fsutil/blob/586307ad452f/filter.go
func contextFiles(context string, ignored *patternmatcher.PatternMatcher) ([]string, error) {
	var files []string
	matches := map[string]patternmatcher.MatchInfo{}
	err := filepath.WalkDir(context, func(path string, entry fs.DirEntry, failure error) error {
		if path == context {
			return failure
		}
		relative, err := filepath.Rel(context, path)
		if err != nil {
			return err
		}
		skip, match, err := ignored.MatchesUsingParentResults(relative, matches[filepath.Dir(relative)])
		switch {
		case err != nil:
			return err
		case failure != nil && skip && errors.Is(failure, fs.ErrPermission):
			return nil
		case failure != nil:
			return failure
		case skip && entry.IsDir() && !ignored.Exclusions():
			return filepath.SkipDir
		}
		if entry.IsDir() {
			matches[relative] = match
		}
		if !skip {
			files = append(files, relative)
		}
		return nil
	})
	slices.Sort(files)
	return slices.Compact(files), err
}

// hashEntry adds a file, directory or link. Links count by what they say, wherever
// that leads: the builder gets the link, not what is outside.
func hashEntry(sum io.Writer, context, name string) error {
	path := filepath.Join(context, name)
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	switch kind := info.Mode().Type(); kind {
	case 0:
		fmt.Fprintf(sum, "file\x00%s\x00%t\x00", filepath.ToSlash(name), info.Mode()&0o111 != 0)
		return hashContent(sum, context, name)
	case fs.ModeDir:
		_, err = fmt.Fprintf(sum, "directory\x00%s\x00", filepath.ToSlash(name))
		return err
	case fs.ModeSymlink:
		target, err := os.Readlink(path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(sum, "link\x00%s\x00%s\x00", filepath.ToSlash(name), target)
		return err
	default:
		return irregular(name)
	}
}

// hashContent adds a regular file's size and text.
func hashContent(sum io.Writer, context, name string) error {
	path := filepath.Join(context, name)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return irregular(name)
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	fmt.Fprintf(sum, "%d\x00", info.Size())
	_, err = io.Copy(sum, file)
	return err
}

func irregular(name string) error {
	return fmt.Errorf("%s is no file, directory or link, which no image can hold: remove it or add it to .dockerignore", name)
}
