package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"gitlab.com/slipway/slipway/cmd/slipway/comment"
	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/cmd/slipway/plan"
	"gitlab.com/slipway/slipway/cmd/slipway/share"
	"gitlab.com/slipway/slipway/components/service"
	"gitlab.com/slipway/slipway/internal/problem"
)

// previewCommand previews a stack against the shared copy of its state.
func previewCommand(t terminal) *cobra.Command {
	var stack, out string
	command := &cobra.Command{
		Use:   "preview --stack STACK --out FILE",
		Short: "Preview a stack against the shared copy of its state: without state, key or secret",
		Long: `Runs pulumi preview against the shared copy that the last deploy wrote, and writes
pulumi's JSON to FILE. Neither the state nor its key nor a secret is read, so that
jobs of every branch can do it: the copy goes into a file of this machine, and
encrypted values of the stack's configuration are replaced by a mark.

Prints of when the copy is, or none when there is none that can be read: then
everything is new.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx, stop := interruptible(command.Context())
			defer stop()
			in, err := uncheckedBackend(ctx, stack)
			if err != nil {
				return err
			}
			shared, err := readShared(ctx, in)
			if err != nil {
				return err
			}
			workspace, err := newWorkspace(stack, shared)
			if err != nil {
				return err
			}
			defer os.RemoveAll(workspace.dir)
			if err := workspace.prepare(ctx, t.errs, shared); err != nil {
				return err
			}
			of := comment.NoCopy
			if shared != nil {
				of = shared.Written.Format(time.RFC3339)
			}
			fmt.Fprintln(t.out, of)
			return workspace.preview(ctx, t.errs, out)
		},
	}
	command.Flags().StringVar(&stack, "stack", "", "stack to preview (required)")
	command.Flags().StringVar(&out, "out", "", "file to write pulumi's JSON to (required)")
	cobra.CheckErr(command.MarkFlagRequired("stack"))
	cobra.CheckErr(command.MarkFlagRequired("out"))
	return command
}

// workspace is a directory with a state and a configuration to throw away.
type workspace struct {
	dir, stack string
	// environment is what pulumi gets to work in it.
	environment []string
}

func newWorkspace(stack string, shared *share.Copy) (*workspace, error) {
	dir, err := os.MkdirTemp("", "slipway-preview-")
	if err != nil {
		return nil, fmt.Errorf("make a place for the preview of %s: %w", stack, err)
	}
	w := &workspace{dir: dir, stack: stack, environment: []string{
		"PULUMI_BACKEND_URL=file://" + dir, "PULUMI_CONFIG_PASSPHRASE=" + rand.Text(), "PULUMI_CONFIG_PASSPHRASE_FILE=",
	}}
	if err := w.write(shared); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return w, nil
}

// write writes the files that pulumi reads.
func (w *workspace) write(shared *share.Copy) error {
	project, err := os.ReadFile("Pulumi.yaml")
	if err != nil {
		return fmt.Errorf("read the project: %w", err)
	}
	configuration, err := os.ReadFile(stackFile(w.stack))
	if err != nil {
		return fmt.Errorf("read the configuration of %s: %w", w.stack, err)
	}
	if configuration, err = withoutSecrets(configuration); err != nil {
		return fmt.Errorf("read the configuration of %s: %w", w.stack, err)
	}
	files := map[string][]byte{"Pulumi.yaml": project, filepath.Base(w.configFile()): configuration}
	if shared != nil {
		if files["state.json"], err = json.Marshal(shared.State); err != nil {
			return fmt.Errorf("write the copy of %s: %w", w.stack, err)
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(w.dir, name), text, 0o600); err != nil {
			return fmt.Errorf("write the copy of %s: %w", w.stack, err)
		}
	}
	return nil
}

func (w *workspace) configFile() string { return filepath.Join(w.dir, "Pulumi."+w.stack+".yaml") }

// prepare makes the stack in the workspace.
func (w *workspace) prepare(ctx context.Context, errs io.Writer, shared *share.Copy) error {
	if err := pulumi(ctx, w.environment, errs, errs, "-C", w.dir, "stack", "init", "--non-interactive", "--no-select", "--secrets-provider", "passphrase", "--stack", w.stack); err != nil {
		return err
	}
	if shared == nil {
		return nil
	}
	return pulumi(ctx, w.environment, errs, errs, "-C", w.dir, "stack", "import", "--non-interactive", "--stack", w.stack, "--file", filepath.Join(w.dir, "state.json"))
}

func (w *workspace) preview(ctx context.Context, errs io.Writer, out string) error {
	return previewTo(ctx, out, w.environment, errs, "--stack", w.stack, "--config-file", w.configFile())
}

// previewTo writes pulumi's JSON of a preview to a file.
func previewTo(ctx context.Context, out string, environment []string, errs io.Writer, arguments ...string) error {
	file, err := os.Create(out)
	if err != nil {
		return fmt.Errorf("write the preview: %w", err)
	}
	err = pulumi(ctx, environment, file, errs, append([]string{"preview", "--non-interactive", "--json", "--show-sames"}, arguments...)...)
	return errors.Join(err, file.Close())
}

// pulumi runs the pulumi on PATH with more of an environment. Its exit code is the
// command's.
func pulumi(ctx context.Context, environment []string, out, errs io.Writer, arguments ...string) error {
	cmd := exec.CommandContext(ctx, "pulumi", arguments...)
	cmd.Env = append(os.Environ(), environment...)
	cmd.Stdout, cmd.Stderr = out, errs
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	err := cmd.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.ExitCode() > 0 {
		return problem.Exit(ended.ExitCode())
	}
	if err != nil {
		return fmt.Errorf("run pulumi %s: %w", strings.Join(arguments, " "), err)
	}
	return nil
}

// stackFile is the configuration that Pulumi is given for a stack.
func stackFile(stack string) string {
	return filepath.Join(cmp.Or(os.Getenv(environment.FilesVariable), "."), "Pulumi."+stack+".yaml")
}

// withoutSecrets takes out of a stack's configuration what only its key opens.
func withoutSecrets(text []byte) ([]byte, error) {
	var document map[string]yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	for _, key := range []string{"secretsprovider", "encryptedkey", "encryptionsalt"} {
		delete(document, key)
	}
	for key, node := range document {
		replaceSecure(&node)
		document[key] = node
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	if err := encoder.Encode(document); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// replaceSecure puts a mark in the place of {secure: ...}, however deep.
func replaceSecure(node *yaml.Node) {
	if node.Kind == yaml.MappingNode && len(node.Content) == 2 && node.Content[0].Value == "secure" {
		*node = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: plan.Masked, Style: yaml.DoubleQuotedStyle}
		return
	}
	for _, below := range node.Content {
		replaceSecure(below)
	}
}

// builds are what a preview says of images that are not there.
func builds(p *plan.Plan) []string {
	var said []string
	for _, line := range slices.Concat(p.Notes, p.Warnings) {
		if strings.Contains(line, service.ToBeBuilt) || strings.Contains(line, service.NotCarried) {
			said = append(said, line)
		}
	}
	return said
}
