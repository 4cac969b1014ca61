package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// oldest is the version of Pulumi that Pulumi.yaml asks for.
const oldest = "3.274.1"

// clone is a copy of what runs Pulumi, with stand-ins that record how they are called.
type clone struct {
	t            *testing.T
	root, record string
	path         string // directory of the stand-ins
	env          []string
}

func newClone(t *testing.T) *clone {
	t.Helper()
	dir := t.TempDir()
	c := &clone{t: t, root: filepath.Join(dir, "clone"), record: filepath.Join(dir, "record"), path: filepath.Join(dir, "path")}
	if err := os.CopyFS(filepath.Join(c.root, "scripts"), os.DirFS("../../scripts")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Makefile", "Pulumi.yaml", "Pulumi.staging.yaml", "go.mod"} {
		content, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(c.root, name), string(content))
	}
	// Beside the stand-ins there is what scripts are made of, but no pulumi and no docker.
	for _, name := range []string{
		"bash", "env", "dirname", "sed", "awk", "readlink", "sort", "head", "make", "cp", "mkdir", "cat", "nproc", "df",
		"date", "mv", "rm", "test", "fold", "git", "printf", "tail", "touch", "sleep", "grep",
	} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(c.path, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(c.path, name)); err != nil {
			t.Fatal(err)
		}
	}
	c.stand("go", `[ "$1 $2" != "env GOVERSION" ] || { echo go1.99.0; exit; }; echo go "$@" >>`+c.record)
	c.stand("python3", "echo 3.99.0")
	script(t, filepath.Join(c.root, ".slipway/cli/slipway"), `echo slipway "$@" >>`+c.record)
	c.env = []string{"PATH=" + c.path, "HOME=" + dir, "TARGET=aws"}
	return c
}

// stand puts a program in the place of another one, whose link goes first: what is
// written to a link is written to the machine's own program.
func (c *clone) stand(name, text string) {
	c.t.Helper()
	path := filepath.Join(c.path, name)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		c.t.Fatal(err)
	}
	script(c.t, path, text)
}

// pulumi is a stand-in of a version, which records its arguments and environment.
func (c *clone) pulumi(version string) string {
	return `[ "$1" != version ] || { echo v` + version + `; exit; }; { echo pulumi "$@"; env; } >>` + c.record
}

// run runs a script or a program of the clone and returns what it prints.
func (c *clone) run(command ...string) (string, error) {
	c.t.Helper()
	name := command[0]
	if strings.HasPrefix(name, "scripts/") {
		name = filepath.Join(c.root, name)
	} else {
		name = filepath.Join(c.path, name)
	}
	cmd := exec.Command(name, command[1:]...)
	cmd.Dir, cmd.Env = c.root, c.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// recorded returns what the stand-ins have recorded, a line each.
func (c *clone) recorded() []string {
	c.t.Helper()
	content, err := os.ReadFile(c.record)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(content)), "\n")
}

func TestAStandInLeavesTheMachinesProgramAlone(t *testing.T) {
	dir := t.TempDir()
	theirs := filepath.Join(dir, "theirs")
	write(t, theirs, "theirs")
	c := &clone{t: t, path: dir}
	if err := os.Symlink(theirs, filepath.Join(dir, "df")); err != nil {
		t.Fatal(err)
	}
	c.stand("df", "echo ours")
	if content, err := os.ReadFile(theirs); err != nil || string(content) != "theirs" {
		t.Errorf("got %q, %v: want it as it was", content, err)
	}
	if got := runs(t, filepath.Join(dir, "df")); got != "ours" {
		t.Errorf("got %q from the stand-in", got)
	}
}

func TestOnAWSTheOfficialCLIRunsAsTheUserHasIt(t *testing.T) {
	for _, version := range []string{oldest, "3.275.0", "4.0.0"} {
		c := newClone(t)
		c.stand("pulumi", c.pulumi(version))
		c.env = append(c.env, "PULUMI_BACKEND_URL=s3://bucket")
		if out, err := c.run("scripts/pulumi", "staging", "preview", "--diff"); err != nil {
			t.Fatalf("%s: %v\n%s", version, err, out)
		}
		lines := c.recorded()
		want := "pulumi preview --non-interactive --stack staging --config-file " + c.root + "/Pulumi.staging.yaml --diff"
		if len(lines) == 0 || lines[0] != want {
			t.Errorf("%s: got %q, want %s", version, lines, want)
		}
		for _, line := range lines[1:] {
			name, value, _ := strings.Cut(line, "=")
			ours := strings.Contains(value, ".slipway") && name != "OLDPWD"
			set := strings.HasPrefix(name, "PULUMI_") && !slices.Contains([]string{"PULUMI_SKIP_UPDATE_CHECK", "PULUMI_BACKEND_URL", "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER"}, name)
			if ours || set || strings.HasPrefix(name, "AWS_") {
				t.Errorf("%s: pulumi is given %s", version, line)
			}
		}
	}
}

// Two never write one state: whatever of pulumi's writes it runs under the lease.
func TestWhatWritesAStateTakesTheLease(t *testing.T) {
	for command, leased := range map[string]string{
		"up --yes": "up", "destroy --yes": "destroy", "refresh --yes": "refresh", "import --file x": "import", "cancel --yes": "cancel --yes",
		"state delete urn": "state delete", "stack import --file x": "stack import", "stack rename other": "stack rename",
		"stack rm --yes": "stack rm", "stack change-secrets-provider x": "stack change-secrets-provider",
		"stack output": "", "stack export": "", "preview": "",
	} {
		c := newClone(t)
		c.stand("pulumi", c.pulumi(oldest))
		if out, err := c.run(append([]string{"scripts/pulumi", "staging"}, strings.Fields(command)...)...); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
		lines := c.recorded()
		want := "pulumi "
		if leased != "" {
			want = "slipway lease --stack staging --operation " + leased + " --config-file " + c.root + "/Pulumi.staging.yaml -- pulumi "
		}
		if len(lines) == 0 || !strings.HasPrefix(lines[0], want) {
			t.Errorf("%s: got %q, want %s", command, lines, want)
		}
	}
}

func TestOnAWSNothingRunsWithoutTheOfficialCLI(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(c *clone)
		says    []string
	}{
		"none":                      {func(*clone) {}, []string{"pulumi is not on PATH", "get.pulumi.com"}},
		"too old":                   {func(c *clone) { c.stand("pulumi", c.pulumi("3.258.9")) }, []string{"is version 3.258.9", "get.pulumi.com"}},
		"older by its minor number": {func(c *clone) { c.stand("pulumi", c.pulumi("3.99.0")) }, []string{"is version 3.99.0"}},
		"not working":               {func(c *clone) { c.stand("pulumi", "exit 1") }, []string{"version fails", "get.pulumi.com"}},
		"built by this clone": {func(c *clone) {
			script(c.t, filepath.Join(c.root, ".slipway/bin/pulumi"), c.pulumi(oldest))
			c.env[0] = "PATH=" + c.root + "/.slipway/bin:" + c.path
		}, []string{".slipway/bin/pulumi was built here", "off PATH"}},
		"a link to what is in the cache": {func(c *clone) {
			cached := filepath.Join(c.t.TempDir(), "tools/pulumi/key/pulumi")
			script(c.t, cached, c.pulumi(oldest))
			if err := os.Symlink(cached, filepath.Join(c.path, "pulumi")); err != nil {
				c.t.Fatal(err)
			}
			c.env = append(c.env, "SLIPWAY_CACHE="+resolved(filepath.Join(cached, "../../../..")))
		}, []string{"was built here"}},
		"a language host built here": {func(c *clone) {
			c.stand("pulumi", c.pulumi(oldest))
			script(c.t, filepath.Join(c.root, ".slipway/bin/pulumi-language-go"), "exit 1")
			c.env[0] = "PATH=" + c.path + ":" + c.root + "/.slipway/bin"
		}, []string{"pulumi-language-go was built here"}},
		"the plugins of the local AWS": {func(c *clone) {
			c.stand("pulumi", c.pulumi(oldest))
			c.env = append(c.env, "PULUMI_HOME="+c.root+"/.slipway/pulumi")
		}, []string{"PULUMI_HOME is", "unset PULUMI_HOME"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClone(t)
			tt.prepare(c)
			for _, command := range [][]string{
				{"scripts/official"},
				{"scripts/pulumi", "staging", "preview"},
				{"scripts/pulumi", "staging", "up", "--yes"},
				{"scripts/pulumi", "staging", "destroy", "--yes"},
				{"scripts/with-aws", "pulumi", "stack", "ls"},
				{"make", "programs"},
			} {
				out, err := c.run(command...)
				if err == nil {
					t.Errorf("%v: succeeded", command)
				}
				for _, part := range append(tt.says, oldest) {
					if !strings.Contains(out, part) {
						t.Errorf("%v: got %q, want %q in it", command, out, part)
					}
				}
			}
			if lines := c.recorded(); len(lines) > 0 {
				t.Errorf("ran %q", lines)
			}
		})
	}
}

func TestOnAWSNoToolIsBuilt(t *testing.T) {
	c := newClone(t)
	c.stand("pulumi", c.pulumi(oldest))
	if out, err := c.run("make", "tools"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, line := range c.recorded() {
		if strings.Contains(line, "toolchain") {
			t.Errorf("ran %s", line)
		}
	}
	if !slices.ContainsFunc(c.recorded(), func(line string) bool { return strings.HasPrefix(line, "go build") }) {
		t.Errorf("got %q, want the program compiled ahead of pulumi", c.recorded())
	}

	t.Setenv("TARGET", "aws")
	if err := run(t.Context(), []string{"--out", t.TempDir()}, &lines{}); err == nil || !strings.Contains(err.Error(), "scripts/official") {
		t.Errorf("got error %v, want a refusal that names scripts/official", err)
	}
}

func TestDoctorAsksOnAWSForWhatIsNeededThere(t *testing.T) {
	c := newClone(t)
	c.stand("pulumi", c.pulumi("3.274.1"))
	c.env = append(c.env, "PULUMI_BACKEND_URL=s3://bucket", "PULUMI_SECRETS_PROVIDER=awskms://alias/key", "DOCKER_HOST=unix:///nowhere")
	c.stand("df", "echo header; echo disk 100 99 1 99% /") // 1 KiB free
	out, err := c.run("scripts/doctor")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, part := range []string{"disk", "memory", "MISSING"} {
		if strings.Contains(out, part) {
			t.Errorf("it is about %s:\n%s", part, out)
		}
	}
	for _, part := range []string{"v3.274.1", "none at unix:///nowhere", "has to build the image"} {
		if !strings.Contains(out, part) {
			t.Errorf("it says nothing of %q:\n%s", part, out)
		}
	}

	c.stand("pulumi", c.pulumi("3.1.0"))
	if out, err := c.run("scripts/doctor"); err == nil || !strings.Contains(out, "-> install them with 'curl -fsSL https://get.pulumi.com | sh'") {
		t.Errorf("got %v, want the command that installs a newer pulumi:\n%s", err, out)
	}
}

func TestTheOldestVersionIsStatedOnce(t *testing.T) {
	content, err := os.ReadFile("../../Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^requiredPulumiVersion: ">=([0-9.]+)"$`).FindStringSubmatch(string(content))
	if found == nil || found[1] != oldest {
		t.Errorf("Pulumi.yaml asks for %q, want %s as scripts/official reads it", found, oldest)
	}
}
