package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"gitlab.com/slipway/slipway/internal/gitlabtest"
)

// What the project is in GitLab.
const (
	projectPath  = "example/recipes"
	projectID    = 42
	mergeRequest = 7
	account      = "000000000000"
	branch       = "larger-database"
	tag          = "v1.0.0"
	zone         = "example.com"
)

// project is a clone of the repository, the GitLab that it is in, and what runs its
// pipelines.
type project struct {
	source, dir string
	clone       string
	runner      string // directory with gitlab-ci-local and its Node
	gitlab      *gitlabtest.Server
	gitlabURL   string
	server      *http.Server
}

// prepare clones the last commit, installs the runner, starts GitLab and the local
// AWS, and makes what an account has before its first pipeline.
func (p *project) prepare(ctx context.Context) error {
	p.clone, p.runner = filepath.Join(p.dir, "clone"), filepath.Join(p.dir, "runner")
	for _, step := range []func(context.Context) error{p.install, p.copy, p.startGitLab, p.provision} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// install installs gitlab-ci-local by its lock file, and rsync, which it needs.
func (p *project) install(ctx context.Context) error {
	if err := os.MkdirAll(p.runner, 0o755); err != nil {
		return err
	}
	for _, file := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join(p.source, "tools/pipeline", file))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(p.runner, file), text, 0o600); err != nil {
			return err
		}
	}
	if err := command(ctx, p.runner, nil, "npm", "ci", "--no-audit", "--no-fund"); err != nil {
		return fmt.Errorf("install gitlab-ci-local: npm, which comes with Node, is needed: %w", err)
	}
	if _, err := exec.LookPath("rsync"); err != nil {
		if err := command(ctx, p.runner, []string{"DEBIAN_FRONTEND=noninteractive"}, "apt-get", "install", "-y", "-qq", "rsync"); err != nil {
			return fmt.Errorf("install rsync: install it yourself and run this again: %w", err)
		}
	}
	return nil
}

// copy clones the last commit, so that pipelines of other commits change nothing
// in the working tree. What an earlier run has built in the clone is kept.
func (p *project) copy(ctx context.Context) error {
	if _, err := os.Stat(p.clone); err != nil {
		if err := command(ctx, p.source, nil, "git", "clone", "--quiet", p.source, p.clone); err != nil {
			return err
		}
	}
	// What bootstrap has of an account that is gone is not for the next one.
	if _, err := os.Stat(filepath.Join(p.clone, ".slipway/local.env")); err != nil {
		for _, name := range []string{"bootstrap", "bootstrap-state"} {
			if err := os.RemoveAll(filepath.Join(p.clone, ".slipway", name)); err != nil {
				return err
			}
		}
	}
	head, err := output(ctx, p.source, "git", "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	for _, arguments := range [][]string{
		{"fetch", "--quiet", p.source, strings.TrimSpace(head)},
		{"checkout", "--quiet", "--force", "-B", "main", "FETCH_HEAD"},
		{"remote", "set-url", "origin", "https://gitlab.com/" + projectPath + ".git"},
		{"config", "user.name", "pipeline"},
		{"config", "user.email", "pipeline@example.com"},
	} {
		if err := command(ctx, p.clone, nil, "git", arguments...); err != nil {
			return err
		}
	}
	return nil
}

func (p *project) startGitLab(context.Context) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p.gitlab = &gitlabtest.Server{ProjectID: projectID, ProjectPath: projectPath, Token: "glpat-local", MergeRequests: []int64{mergeRequest}}
	p.server = &http.Server{Handler: p.gitlab, ReadHeaderTimeout: 10 * time.Second}
	p.gitlabURL = "http://" + listener.Addr().String()
	go func() {
		if err := p.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, "GitLab's stand-in stopped:", err)
		}
	}()
	return nil
}

func (p *project) close() {
	if p.server != nil {
		_ = p.server.Close()
	}
}

// provision starts the local AWS with IAM enforced, and makes what docs/pipeline.md
// asks for once: GitLab's OIDC provider and the roles, the image of the jobs, and the
// stacks with their keys.
func (p *project) provision(ctx context.Context) error {
	for _, arguments := range [][]string{
		{"make", "bootstrap", "AUTH=true"},
		{"make", "prepared", "AUTH=true"},
		{"env", "PYTHONPATH=local", ".slipway/venvs/local/bin/python", "-m", "slipway_local", "seed", "--domain", zone},
	} {
		if err := command(ctx, p.clone, nil, arguments[0], arguments[1:]...); err != nil {
			return err
		}
	}
	if err := p.image(ctx); err != nil {
		return err
	}
	return p.stacks(ctx)
}

// image makes what stands for the image of the jobs: programs that are installed, not
// built by the clone. They are those that are built for the local AWS, and send
// nothing anywhere else.
func (p *project) image(ctx context.Context) error {
	image := filepath.Join(p.dir, "image")
	if err := os.RemoveAll(image); err != nil {
		return err
	}
	for _, directory := range []string{"bin", "pulumi"} {
		if err := os.MkdirAll(filepath.Join(image, directory), 0o755); err != nil {
			return err
		}
	}
	from := filepath.Join(p.clone, ".slipway")
	for _, arguments := range [][]string{
		{"cp", filepath.Join(from, "bin/pulumi"), filepath.Join(from, "bin/pulumi-language-go"), filepath.Join(image, "bin")},
		{"cp", "-a", filepath.Join(from, "pulumi/plugins"), filepath.Join(image, "pulumi")},
	} {
		if err := command(ctx, p.clone, nil, arguments[0], arguments[1:]...); err != nil {
			return err
		}
	}
	return nil
}

// asAWS is the environment in which AWS is at the endpoint of the local one. Nothing
// else tells a command that it is not AWS.
func (p *project) asAWS() ([]string, error) {
	text, err := os.ReadFile(filepath.Join(p.clone, ".slipway/local.env"))
	if err != nil {
		return nil, err
	}
	image := filepath.Join(p.dir, "image")
	environment := []string{
		"TARGET=aws", "PATH=" + filepath.Join(image, "bin") + ":" + os.Getenv("PATH"), "PULUMI_HOME=" + filepath.Join(image, "pulumi"),
		// The plugins are in PULUMI_HOME; awsx asks for another version of one, see tools/README.md.
		"PULUMI_IGNORE_AMBIENT_PLUGINS=true", "PULUMI_ENABLE_LEGACY_PLUGIN_SEARCH=true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
		"SLIPWAY_POLL_INTERVAL=500ms", "AWS_RESPONSE_CHECKSUM_VALIDATION=when_required",
		// Smoke checks find the load balancers on this machine's ports.
		"CONNECT=--local",
	}
	for line := range strings.Lines(string(text)) {
		environment = append(environment, strings.TrimSpace(line))
	}
	return environment, nil
}

// stacks makes the stacks and commits what Pulumi writes into their files, with what
// the provider has to know of an endpoint that is not AWS's.
func (p *project) stacks(ctx context.Context) error {
	environment, err := p.asAWS()
	if err != nil {
		return err
	}
	for _, stack := range []string{"staging", "prod", "review"} {
		file, err := os.OpenFile(filepath.Join(p.clone, "Pulumi."+stack+".yaml"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = file.WriteString("  aws:skipCredentialsValidation: true\n  aws:skipMetadataApiCheck: true\n  aws:s3UsePathStyle: true\n")
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
		if stack == "review" {
			continue // Its stacks are made by their jobs.
		}
		if err := command(ctx, p.clone, environment, "make", "tools", "state", "STACK="+stack); err != nil {
			return err
		}
	}
	return command(ctx, p.clone, nil, "git", "commit", "--quiet", "--all", "--message", "Keys of the stacks")
}

// onBranch commits a change of a stack's file to a branch and checks it out.
func (p *project) onBranch(ctx context.Context, name, file, before, after string) error {
	if err := command(ctx, p.clone, nil, "git", "checkout", "--quiet", "--force", "-B", name, "main"); err != nil {
		return err
	}
	path := filepath.Join(p.clone, file)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), before) {
		return fmt.Errorf("%s has no %q to change", file, before)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), before, after, 1)), 0o644); err != nil {
		return err
	}
	return command(ctx, p.clone, nil, "git", "commit", "--quiet", "--all", "--message", "A change to look at")
}

// changeApp commits a change of the app to main, which every tag is before.
func (p *project) changeApp(ctx context.Context) error {
	if err := p.onMain(ctx); err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(p.clone, "django-app/manage.py"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString("# A change.\n")
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return command(ctx, p.clone, nil, "git", "commit", "--quiet", "--all", "--message", "A change of the app")
}

func (p *project) onMain(ctx context.Context) error {
	return command(ctx, p.clone, nil, "git", "checkout", "--quiet", "--force", "main")
}

// outputs are those of a stack.
func (p *project) outputs(ctx context.Context, stack string) (map[string]any, error) {
	text, err := output(ctx, p.clone, "scripts/pulumi", stack, "stack", "output", "--json")
	if err != nil {
		return nil, err
	}
	var values map[string]any
	return values, json.Unmarshal([]byte(text), &values)
}

// command runs a command whose output people follow.
func command(ctx context.Context, dir string, environment []string, name string, arguments ...string) error {
	cmd := prepared(ctx, dir, name, arguments...)
	cmd.Env = append(cmd.Env, environment...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(arguments, " "), err)
	}
	return nil
}

func output(ctx context.Context, dir, name string, arguments ...string) (string, error) {
	cmd := prepared(ctx, dir, name, arguments...)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(arguments, " "), err)
	}
	return string(text), nil
}

// prepared is a command that is asked to end, and given time to, before it is killed.
// What the make that started this program passes on is not for the clone.
func prepared(ctx context.Context, dir, name string, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Dir = dir
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	for _, variable := range os.Environ() {
		key, _, _ := strings.Cut(variable, "=")
		switch key {
		case "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "STACK", "TARGET", "REPORTS", "GIT_DIR":
		default:
			cmd.Env = append(cmd.Env, variable)
		}
	}
	return cmd
}
