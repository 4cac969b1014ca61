package infra

import (
	"reflect"
	"runtime/debug"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// commitTag is the tag with the commit that a resource was created from. Later
// commits leave it: a tag that changed with every commit would make every deploy
// an update of every resource. Which version runs is the output "version".
const commitTag = "commit"

// projectTag and environmentTag are the tags with the project's and the stack's name.
const (
	projectTag     = "project"
	environmentTag = "environment"
)

// marks tell what is a stack's of the project.
func (c *Config) marks(stack string) map[string]string {
	return map[string]string{projectTag: c.Project, environmentTag: stack}
}

// tags mark every resource of the environment.
func (c *Config) tags() map[string]string {
	return map[string]string{projectTag: c.Project, environmentTag: c.Stack, "owner": c.Owner}
}

// tagEverything adds the tags to every resource that takes some, also to those
// that awsx makes. Tags that a component sets itself win.
func tagEverything(ctx *pulumi.Context, tags map[string]string, commit string) error {
	return ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		field, takes := tagsOf(args.Props)
		if !takes {
			return nil
		}
		if _, is := args.Props.(*ec2.DefaultSecurityGroupArgs); is {
			// AWS makes it with the VPC, without tags. Whoever could tag it could make
			// any group without tags its own.
			return nil
		}
		all := pulumi.StringMap{}
		for key, value := range tags {
			all[key] = pulumi.String(value)
		}
		options := args.Opts
		// awsx hands its tags to children, but not which of them to leave alone.
		if _, custom := args.Resource.(pulumi.CustomResource); custom && commit != "" {
			all[commitTag] = pulumi.String(commit)
			options = append(slices.Clone(options), pulumi.IgnoreChanges([]string{"tags." + commitTag}))
		}
		if own, ok := field.Interface().(pulumi.StringMapInput); ok {
			field.Set(reflect.ValueOf(merged(all, own)))
		} else {
			field.Set(reflect.ValueOf(all))
		}
		return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: options}
	})
}

// tagsOf finds the field of a resource's arguments that holds tags as a map.
func tagsOf(props pulumi.Input) (reflect.Value, bool) {
	value := reflect.ValueOf(props)
	if value.Kind() != reflect.Pointer || value.IsNil() || value.Elem().Kind() != reflect.Struct {
		return reflect.Value{}, false
	}
	field := value.Elem().FieldByName("Tags")
	return field, field.IsValid() && field.Type() == reflect.TypeFor[pulumi.StringMapInput]()
}

func merged(all pulumi.StringMap, own pulumi.StringMapInput) pulumi.StringMapOutput {
	return pulumi.All(all, own).ApplyT(func(maps []any) map[string]string {
		tags := map[string]string{}
		for _, m := range maps {
			for key, value := range m.(map[string]string) {
				tags[key] = value
			}
		}
		return tags
	}).(pulumi.StringMapOutput)
}

// commit is the revision that the program was built from, empty outside a Git
// repository.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
