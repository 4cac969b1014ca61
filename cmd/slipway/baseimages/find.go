package baseimages

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"gopkg.in/yaml.v3"
)

// pipeline is GitLab's file, in whose images jobs run.
const pipeline = ".gitlab-ci.yml"

// Reference is an image as a file names it.
type Reference struct {
	// File is relative to the project, Line the first line of what names the image.
	File string
	Line int
	// Text is what stands there.
	Text string
}

// Pinned says whether the image is named by its digest.
func (r Reference) Pinned() bool { return strings.Contains(r.Text, "@") }

// Find lists the images that the Dockerfiles of a project and its pipeline name,
// in the order of files and lines. Hidden directories and tests' data are passed over.
func Find(root string) ([]Reference, error) {
	var found []Reference
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		file, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		var images func([]byte) ([]Reference, error)
		switch {
		case file == pipeline:
			images = inPipeline
		case isDockerfile(name):
			images = inDockerfile
		default:
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		references, err := images(text)
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		for _, r := range references {
			r.File = filepath.ToSlash(file)
			found = append(found, r)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for base images: %w", err)
	}
	return found, nil
}

func isDockerfile(name string) bool {
	if strings.HasSuffix(name, ".dockerignore") {
		return false
	}
	return name == "Dockerfile" || strings.HasPrefix(name, "Dockerfile.") || strings.HasSuffix(name, ".Dockerfile")
}

// inDockerfile lists what FROM, COPY --from, RUN --mount=from and the syntax line
// name, apart from stages. An image that FROM takes from an ARG stands at the ARG.
func inDockerfile(text []byte) ([]Reference, error) {
	var found []Reference
	if syntax, _, location, has := parser.DetectSyntax(text); has {
		found = append(found, Reference{Line: line(location), Text: syntax})
	}
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	stages, arguments, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{"scratch": true, "": true}
	add := func(image string, location []parser.Range) {
		for _, argument := range arguments {
			for _, pair := range argument.Args {
				if pair.Value != nil && (image == "$"+pair.Key || image == "${"+pair.Key+"}") {
					image, location = strings.Trim(*pair.Value, `"'`), argument.Location()
				}
			}
		}
		reference := Reference{Line: line(location), Text: image}
		for _, other := range found {
			if other == reference {
				return // an ARG that several stages begin with
			}
		}
		if _, err := strconv.Atoi(image); err != nil && !known[strings.ToLower(image)] {
			found = append(found, reference)
		}
	}
	for _, stage := range stages {
		add(stage.BaseName, stage.Location)
		for _, command := range stage.Commands {
			switch command := command.(type) {
			case *instructions.CopyCommand:
				add(command.From, command.Location())
			case *instructions.RunCommand:
				for _, mount := range instructions.GetMounts(command) {
					add(mount.From, command.Location())
				}
			}
		}
		known[strings.ToLower(stage.Name)] = true
	}
	return found, nil
}

func line(location []parser.Range) int {
	if len(location) == 0 {
		return 1
	}
	return location[0].Start.Line
}

// inPipeline lists the images and services of a GitLab pipeline: its own, its
// defaults' and each job's.
func inPipeline(text []byte) ([]Reference, error) {
	var found []Reference
	image := func(node *yaml.Node) {
		if node.Kind == yaml.MappingNode {
			node = value(node, "name")
		}
		if node != nil && node.Kind == yaml.ScalarNode && node.Value != "" {
			found = append(found, Reference{Line: node.Line, Text: node.Value})
		}
	}
	job := func(node *yaml.Node) {
		if used := value(node, "image"); used != nil {
			image(used)
		}
		if services := value(node, "services"); services != nil && services.Kind == yaml.SequenceNode {
			for _, service := range services.Content {
				image(service)
			}
		}
	}
	for documents := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var document yaml.Node
		switch err := documents.Decode(&document); {
		case errors.Is(err, io.EOF):
			return found, nil
		case err != nil:
			return nil, err
		}
		root := document.Content[0]
		job(root)
		for i := 1; root.Kind == yaml.MappingNode && i < len(root.Content); i += 2 {
			if root.Content[i-1].Value != "variables" && root.Content[i-1].Value != "image" {
				job(root.Content[i])
			}
		}
	}
}

// value is what stands under a key of a mapping, nil if nothing does.
func value(node *yaml.Node, key string) *yaml.Node {
	for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}
