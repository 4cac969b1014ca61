// Package awsconfig decides the region and the credentials that a stack's aws:*
// keys mean, for everything that is no plugin of Pulumi: the release and the
// commands. The keys and their order are those of Pulumi's AWS plugin, so that all
// of them work in one account and region.
// https://www.pulumi.com/registry/packages/aws/installation-configuration/
package awsconfig

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// Settings are what the keys say. The zero value is the environment's own.
type Settings struct {
	// Region and Profile are empty where they come from the environment.
	Region, Profile string
	// AccessKey, SecretKey and Token are a fixed key.
	AccessKey, SecretKey, Token string
	// SharedConfigFiles and SharedCredentialsFiles are where profiles are looked up.
	SharedConfigFiles, SharedCredentialsFiles []string
	// WebIdentity is the role that is taken for a token, AssumeRole the one that is
	// taken then.
	WebIdentity *WebIdentity
	AssumeRole  *Role
	// STSRegion is where roles are taken. Default: Region.
	STSRegion string
}

// Role is a role to take.
type Role struct {
	ARN               string            `json:"roleArn"`
	SessionName       string            `json:"sessionName"`
	Duration          string            `json:"duration"`
	ExternalID        string            `json:"externalId"`
	Policy            string            `json:"policy"`
	PolicyARNs        []string          `json:"policyArns"`
	SourceIdentity    string            `json:"sourceIdentity"`
	Tags              map[string]string `json:"tags"`
	TransitiveTagKeys []string          `json:"transitiveTagKeys"`
}

// WebIdentity is a role to take for a token.
type WebIdentity struct {
	ARN         string   `json:"roleArn"`
	SessionName string   `json:"sessionName"`
	Duration    string   `json:"duration"`
	Policy      string   `json:"policy"`
	PolicyARNs  []string `json:"policyArns"`
	Token       string   `json:"webIdentityToken"`
	TokenFile   string   `json:"webIdentityTokenFile"`
}

// Parse reads the keys; lookup is the value of a key with its namespace. The error
// names every bad key.
func Parse(lookup func(key string) (string, bool)) (Settings, error) {
	var problems []error
	text := func(key string) string { value, _ := lookup("aws:" + key); return value }
	object := func(key string, into any) {
		value := text(key)
		if value == "" {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader([]byte(value)))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(into); err != nil {
			problems = append(problems, fmt.Errorf("aws:%s can't be read: %w", key, err))
		}
	}
	s := Settings{
		Region: text("region"), Profile: text("profile"), STSRegion: text("stsRegion"),
		AccessKey: text("accessKey"), SecretKey: text("secretKey"), Token: text("token"),
	}
	object("sharedConfigFiles", &s.SharedConfigFiles)
	object("sharedCredentialsFiles", &s.SharedCredentialsFiles)
	object("assumeRole", &s.AssumeRole)
	object("assumeRoleWithWebIdentity", &s.WebIdentity)
	if (s.AccessKey == "") != (s.SecretKey == "") {
		problems = append(problems, errors.New("aws:accessKey and aws:secretKey go together: give both or none"))
	}
	if _, given := lookup("aws:assumeRoles"); given {
		problems = append(problems, errors.New("aws:assumeRoles is no key of the AWS plugin's version 6: write the role as aws:assumeRole"))
	}
	for key, role := range map[string]struct {
		given         bool
		arn, duration string
	}{
		"assumeRole":                {s.AssumeRole != nil, s.AssumeRole.arn(), s.AssumeRole.duration()},
		"assumeRoleWithWebIdentity": {s.WebIdentity != nil, s.WebIdentity.arn(), s.WebIdentity.duration()},
	} {
		if role.given && role.arn == "" {
			problems = append(problems, fmt.Errorf("aws:%s: roleArn is missing", key))
		}
		if _, err := time.ParseDuration(role.duration); role.duration != "" && err != nil {
			problems = append(problems, fmt.Errorf("aws:%s: duration: %q is not a time such as 1h", key, role.duration))
		}
	}
	return s, errors.Join(problems...)
}

func (r *Role) arn() string {
	if r == nil {
		return ""
	}
	return r.ARN
}

func (r *Role) duration() string {
	if r == nil {
		return ""
	}
	return r.Duration
}

func (w *WebIdentity) arn() string {
	if w == nil {
		return ""
	}
	return w.ARN
}

func (w *WebIdentity) duration() string {
	if w == nil {
		return ""
	}
	return w.Duration
}

// Own reports whether the keys name credentials, other than the environment's.
func (s Settings) Own() bool {
	return s.Profile != "" || s.AccessKey != "" || s.AssumeRole != nil || s.WebIdentity != nil ||
		len(s.SharedConfigFiles)+len(s.SharedCredentialsFiles) > 0
}

// Load is the configuration for AWS's clients. It asks AWS nothing: a role is taken
// at the first call.
func (s Settings) Load(ctx context.Context) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{config.WithRegion(s.Region), config.WithSharedConfigProfile(s.Profile)}
	if len(s.SharedConfigFiles) > 0 {
		options = append(options, config.WithSharedConfigFiles(s.SharedConfigFiles))
	}
	if len(s.SharedCredentialsFiles) > 0 {
		options = append(options, config.WithSharedCredentialsFiles(s.SharedCredentialsFiles))
	}
	if s.AccessKey != "" {
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, s.Token)))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("read the AWS configuration: %w", err)
	}
	if w := s.WebIdentity; w != nil {
		loaded.Credentials = aws.NewCredentialsCache(stscreds.NewWebIdentityRoleProvider(s.sts(loaded), w.ARN, w.token(), func(o *stscreds.WebIdentityRoleOptions) {
			o.RoleSessionName, o.Duration = w.SessionName, length(w.Duration)
			o.Policy, o.PolicyARNs = optional(w.Policy), policies(w.PolicyARNs)
		}))
	}
	if r := s.AssumeRole; r != nil {
		loaded.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(s.sts(loaded), r.ARN, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName, o.Duration = r.SessionName, length(r.Duration)
			o.ExternalID, o.SourceIdentity = optional(r.ExternalID), optional(r.SourceIdentity)
			o.Policy, o.PolicyARNs = optional(r.Policy), policies(r.PolicyARNs)
			o.TransitiveTagKeys = r.TransitiveTagKeys
			for key, value := range r.Tags {
				o.Tags = append(o.Tags, types.Tag{Key: &key, Value: &value})
			}
		}))
	}
	return loaded, nil
}

func (s Settings) sts(loaded aws.Config) *sts.Client {
	return sts.NewFromConfig(loaded, func(o *sts.Options) {
		if s.STSRegion != "" {
			o.Region = s.STSRegion
		}
	})
}

// fixedToken is a token that stands in the configuration.
type fixedToken string

func (t fixedToken) GetIdentityToken() ([]byte, error) { return []byte(t), nil }

func (w *WebIdentity) token() stscreds.IdentityTokenRetriever {
	if w.Token != "" {
		return fixedToken(w.Token)
	}
	return stscreds.IdentityTokenFile(w.TokenFile)
}

// length is a duration that Parse has checked.
func length(text string) time.Duration {
	duration, _ := time.ParseDuration(text)
	return duration
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func policies(arns []string) []types.PolicyDescriptorType {
	var found []types.PolicyDescriptorType
	for _, arn := range arns {
		found = append(found, types.PolicyDescriptorType{Arn: &arn})
	}
	return found
}
