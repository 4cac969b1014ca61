package release_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"gitlab.com/slipway/slipway/components/release"
)

// fakeSecrets is one secret: its versions' values, and which version has a label.
type fakeSecrets struct {
	values, labels map[string]string
	// other fills the secret before a put arrives.
	other bool
	deny  error
}

func (f *fakeSecrets) DescribeSecret(context.Context, *secretsmanager.DescribeSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error) {
	stages := map[string][]string{}
	for label, version := range f.labels {
		stages[version] = append(stages[version], label)
	}
	return &secretsmanager.DescribeSecretOutput{VersionIdsToStages: stages}, f.deny
}

func (f *fakeSecrets) GetRandomPassword(_ context.Context, in *secretsmanager.GetRandomPasswordInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetRandomPasswordOutput, error) {
	if !aws.ToBool(in.ExcludePunctuation) {
		return nil, errors.New("quotes and spaces get lost on the way into a variable")
	}
	return &secretsmanager.GetRandomPasswordOutput{RandomPassword: aws.String(strings.Repeat("x", int(aws.ToInt64(in.PasswordLength))))}, nil
}

func (f *fakeSecrets) PutSecretValue(_ context.Context, in *secretsmanager.PutSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.PutSecretValueOutput, error) {
	version := aws.ToString(in.ClientRequestToken)
	if f.values == nil {
		f.values, f.labels = map[string]string{}, map[string]string{}
	}
	if f.other {
		f.values[version], f.labels[release.LabelCurrent] = "another's", version
	}
	if _, there := f.values[version]; there {
		return nil, &types.ResourceExistsException{}
	}
	f.values[version] = aws.ToString(in.SecretString)
	for _, label := range in.VersionStages {
		f.labels[label] = version
	}
	return &secretsmanager.PutSecretValueOutput{}, nil
}

func (f *fakeSecrets) UpdateSecretVersionStage(_ context.Context, in *secretsmanager.UpdateSecretVersionStageInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.UpdateSecretVersionStageOutput, error) {
	label, to := aws.ToString(in.VersionStage), aws.ToString(in.MoveToVersionId)
	if f.labels[label] != aws.ToString(in.RemoveFromVersionId) {
		return nil, errors.New("the label is at another version")
	}
	f.labels[label] = to
	return &secretsmanager.UpdateSecretVersionStageOutput{}, nil
}

const secretARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:key-AbCdEf"

func TestFillMakesAValueOnce(t *testing.T) {
	f := &fakeAWS{}
	for range 2 {
		if err := f.aws().Fill(context.Background(), secretARN); err != nil {
			t.Fatal(err)
		}
	}
	values := slices.Collect(maps.Values(f.secrets.values))
	if len(values) != 1 || len(values[0]) < 50 {
		t.Errorf("got %q, want one value of 50 characters or more", values)
	}
	version := f.secrets.labels[release.LabelCurrent]
	if want := map[string]string{"AWSCURRENT": version, "NEXT": version, "LAST": version}; !maps.Equal(f.secrets.labels, want) {
		t.Errorf("got labels %v", f.secrets.labels)
	}
	if n := len(version); n < 32 || n > 64 { // what Secrets Manager takes as a version's name
		t.Errorf("the version's name has %d characters", n)
	}
}

// A value that is there, from whom ever, stays; what lacks are its labels.
func TestFillKeepsWhatIsThere(t *testing.T) {
	for name, test := range map[string]struct {
		secret fakeSecrets
		want   string
	}{
		"a secret of an earlier release": {fakeSecrets{values: map[string]string{"v1": "old"}, labels: map[string]string{"AWSCURRENT": "v1", "AWSPREVIOUS": "v0"}}, "old"},
		"filled at the same moment":      {fakeSecrets{other: true}, "another's"},
	} {
		f := &fakeAWS{secrets: test.secret}
		if err := f.aws().Fill(context.Background(), secretARN); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, label := range []string{release.LabelCurrent, release.LabelNext, release.LabelLast} {
			if got := f.secrets.values[f.secrets.labels[label]]; got != test.want {
				t.Errorf("%s: %s is %q, want %q", name, label, got, test.want)
			}
		}
	}
}

// A deploy in the middle of a rotation leaves it where it is.
func TestFillLeavesARotationWhereItIs(t *testing.T) {
	labels := map[string]string{"AWSCURRENT": "v1", "NEXT": "v2", "LAST": "v1"}
	f := &fakeAWS{secrets: fakeSecrets{labels: maps.Clone(labels)}}
	if err := f.aws().Fill(context.Background(), secretARN); err != nil || !maps.Equal(f.secrets.labels, labels) {
		t.Errorf("got %v, %v", f.secrets.labels, err)
	}
}

func TestFillSaysWhichSecret(t *testing.T) {
	f := &fakeAWS{secrets: fakeSecrets{deny: errors.New("AccessDenied")}}
	if err := f.aws().Fill(context.Background(), secretARN); err == nil || !strings.Contains(err.Error(), "give secret "+secretARN+" its value: AccessDenied") {
		t.Errorf("got %v", err)
	}
}
