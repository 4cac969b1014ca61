package recovery

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gitlab.com/slipway/slipway/cmd/slipway/backend"
	"gitlab.com/slipway/slipway/cmd/slipway/lease"
)

func TestALockIsBrokenOnlyWithProof(t *testing.T) {
	lock := backend.Lock{PID: 7, Host: "here"}
	for name, test := range map[string]struct {
		left    []lease.Holder
		host    string
		running bool
		want    bool
	}{
		"its process has ended":                   {nil, "here", false, true},
		"its process runs":                        {nil, "here", true, false},
		"another machine's":                       {nil, "there", false, false},
		"another machine's, whose lease ran out":  {[]lease.Holder{{Host: "here", Child: 7}}, "there", true, true},
		"another process of a lease that ran out": {[]lease.Holder{{Host: "here", Child: 8}}, "there", true, false},
		"the same number on a third machine":      {[]lease.Holder{{Host: "elsewhere", Child: 7}}, "there", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			proof := dead(lock, test.left, test.host, func(int) bool { return test.running })
			if (proof != "") != test.want {
				t.Errorf("got %q", proof)
			}
		})
	}
}

// bucket holds locks in memory.
type bucket struct{ locks []backend.Lock }

func (b *bucket) Locks(context.Context) ([]backend.Lock, error) { return slices.Clone(b.locks), nil }

func (b *bucket) Unlock(_ context.Context, lock backend.Lock) error {
	b.locks = slices.DeleteFunc(b.locks, func(l backend.Lock) bool { return l.Key == lock.Key })
	return nil
}

func TestBreakLocks(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	locks := []backend.Lock{
		{Key: "left", PID: 1, Host: "there"},
		{Key: "mine", PID: os.Getpid(), Host: host},
	}
	left := []lease.Holder{{Host: "there", Child: 1}}
	in := &bucket{slices.Clone(locks)}
	err = BreakLocks(t.Context(), in, left, false, func(string) {})
	if err == nil || !strings.Contains(err.Error(), "pulumi's lock of process") || !strings.Contains(err.Error(), "state unlock --force") {
		t.Errorf("got %v", err)
	}
	if len(in.locks) != 1 || in.locks[0].Key != "mine" {
		t.Errorf("left %v", in.locks)
	}
	if err := BreakLocks(t.Context(), in, nil, true, func(string) {}); err != nil || len(in.locks) != 0 {
		t.Errorf("with force: %v, left %v", err, in.locks)
	}
}

// tags answers with the ARNs of a kind.
type tags map[string][]string

func (f tags) Find(_ context.Context, kind string, _ map[string]string) ([]string, error) {
	return f[kind], nil
}

const arn = "arn:aws:ec2:us-east-1:1:vpc/"

func TestIdentify(t *testing.T) {
	given := map[string]any{"team": "blue"}
	for name, test := range map[string]struct {
		resource backend.Resource
		found    tags
		known    map[string]bool
		want     []string
	}{
		"a name":               {backend.Resource{Type: "aws:iam/role:Role", Inputs: map[string]any{"name": "role-1"}}, nil, nil, []string{"role-1"}},
		"a name that is known": {backend.Resource{Type: "aws:iam/role:Role", Inputs: map[string]any{"name": "role-1"}}, nil, map[string]bool{"role-1": true}, nil},
		"an ID":                {backend.Resource{Type: "aws:ec2/vpc:Vpc", Inputs: map[string]any{"tags": given}}, tags{"ec2:vpc": {arn + "vpc-1"}}, nil, []string{"vpc-1"}},
		"one of two is known":  {backend.Resource{Type: "aws:ec2/vpc:Vpc", Inputs: map[string]any{"tags": given}}, tags{"ec2:vpc": {arn + "vpc-1", arn + "vpc-2"}}, map[string]bool{"vpc-1": true}, []string{"vpc-2"}},
		"two":                  {backend.Resource{Type: "aws:ec2/vpc:Vpc", Inputs: map[string]any{"tags": given}}, tags{"ec2:vpc": {arn + "vpc-2", arn + "vpc-1"}}, nil, []string{"vpc-1", "vpc-2"}},
		"none":                 {backend.Resource{Type: "aws:ec2/vpc:Vpc", Inputs: map[string]any{"tags": given}}, nil, nil, nil},
		"without tags":         {backend.Resource{Type: "aws:ec2/vpc:Vpc"}, tags{"ec2:vpc": {arn + "vpc-1"}}, nil, nil},
		"an ARN, by its name":  {backend.Resource{Type: "aws:lb/targetGroup:TargetGroup", Inputs: map[string]any{"name": "tg-1", "tags": given}}, tags{"elasticloadbalancing:targetgroup": {"arn:x:targetgroup/tg-1/0", "arn:x:targetgroup/tg-2/0"}}, nil, []string{"arn:x:targetgroup/tg-1/0"}},
		"a setting":            {backend.Resource{Type: "aws:s3/bucketVersioningV2:BucketVersioningV2", Inputs: map[string]any{"bucket": "b"}}, nil, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := identify(t.Context(), test.found, test.resource, test.known)
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
		})
	}
}

// states answers with one state after another, the last one again and again.
type states []*backend.State

func (s *states) State(context.Context) (*backend.State, error) {
	state := (*s)[0]
	if len(*s) > 1 {
		*s = (*s)[1:]
	}
	return state, nil
}

const (
	database = "urn:pulumi:s::p::aws:rds/instance:Instance::db"
	group    = "urn:pulumi:s::p::aws:ec2/securityGroup:SecurityGroup::group"
	exported = `{"version": 3, "unknown": 1.0, "deployment": {"manifest": {"x": 10000000000000001},
		"resources": [{"urn": "` + group + `", "id": "sg-1"}],
		"pending_operations": [
			{"type": "creating", "resource": {"urn": "` + database + `", "outputs": {}, "inputs": {"identifier": "db-1"}}},
			{"type": "creating", "resource": {"urn": "urn:pulumi:s::p::aws:ec2/vpc:Vpc::net"}},
			{"type": "updating", "resource": {"urn": "` + group + `"}}]}}`
)

func TestPendingOperationsAreResolved(t *testing.T) {
	pending := &backend.State{
		Resources: []backend.Resource{{URN: group, ID: "sg-1"}},
		Pending: []backend.Operation{
			{Type: "creating", Resource: backend.Resource{URN: database, Type: "aws:rds/instance:Instance", Inputs: map[string]any{"identifier": "db-1"}}},
			{Type: "creating", Resource: backend.Resource{URN: "urn:pulumi:s::p::aws:ec2/vpc:Vpc::net", Type: "aws:ec2/vpc:Vpc", Inputs: map[string]any{"tags": map[string]any{"a": "b"}}}},
			{Type: "updating", Resource: backend.Resource{URN: group, Type: "aws:ec2/securityGroup:SecurityGroup"}},
		},
	}
	with := func(status string) *backend.State {
		return &backend.State{Resources: []backend.Resource{{URN: database, Type: "aws:rds/instance:Instance", Outputs: map[string]any{"status": status}}}}
	}
	var said, ran []string
	var imported string
	p := &Pending{
		States: &states{pending, with("creating"), with("available")},
		Finder: tags{"ec2:vpc": {arn + "vpc-1", arn + "vpc-2"}},
		Say:    func(line string) { said = append(said, line) },
		Pause:  time.Nanosecond,
		Pulumi: func(arguments ...string) error {
			file := arguments[len(arguments)-1]
			switch {
			case arguments[1] == "export":
				if err := os.WriteFile(file, []byte(exported), 0o600); err != nil {
					return err
				}
				arguments[len(arguments)-1] = "FILE"
			case arguments[1] == "import":
				text, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				imported = string(text)
				arguments[len(arguments)-1] = "FILE"
			}
			ran = append(ran, strings.Join(arguments, " "))
			return nil
		},
	}
	if err := p.Resolve(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"stack export --file FILE",
		"stack import --file FILE",
		"refresh --yes --skip-preview --target " + database + " --target " + group,
		"refresh --yes --skip-preview --target " + database,
	}
	if !slices.Equal(ran, want) {
		t.Errorf("ran %q", ran)
	}
	all := strings.Join(said, "\n")
	for _, want := range []string{"taking db-1 into the state", "can't tell which of vpc-1, vpc-2", "waiting for rds.Instance db: creating", "updating of ec2.SecurityGroup group was under way"} {
		if !strings.Contains(all, want) {
			t.Errorf("not said: %q in\n%s", want, all)
		}
	}
	var file struct {
		Unknown    float64
		Deployment struct {
			Manifest  map[string]json.Number
			Resources []map[string]any
			Pending   []any `json:"pending_operations"`
		}
	}
	if err := json.Unmarshal([]byte(imported), &file); err != nil {
		t.Fatal(err)
	}
	d := file.Deployment
	if file.Unknown != 1 || d.Manifest["x"] != "10000000000000001" || len(d.Pending) != 0 || len(d.Resources) != 2 || d.Resources[1]["id"] != "db-1" || d.Resources[1]["outputs"] != nil {
		t.Errorf("imported %s", imported)
	}
}

func TestNothingPendingNeedsNothing(t *testing.T) {
	for _, state := range []*backend.State{nil, {}} {
		p := &Pending{States: &states{state}, Say: func(line string) { t.Error(line) }, Pulumi: func(a ...string) error { t.Error(a); return nil }}
		if err := p.Resolve(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
