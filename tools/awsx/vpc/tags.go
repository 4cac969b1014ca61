package vpc

import (
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// mergeTags lays maps of tags over one another; later ones win. Tags that are
// secret or unknown one by one stay so one by one; a map that is secret or
// unknown as a whole makes the result so.
func mergeTags(layers ...pulumi.StringMapInput) pulumi.StringMapInput {
	merged := pulumi.StringMap{}
	for _, layer := range layers {
		switch tags := layer.(type) {
		case nil:
		case pulumi.StringMap:
			maps.Copy(merged, tags)
		default:
			return mergeOutputs(layers)
		}
	}
	return merged
}

func mergeOutputs(layers []pulumi.StringMapInput) pulumi.StringMapOutput {
	var given []any
	for _, layer := range layers {
		if layer != nil {
			given = append(given, layer.ToStringMapOutput())
		}
	}
	return pulumi.All(given...).ApplyT(func(resolved []any) map[string]string {
		merged := map[string]string{}
		for _, tags := range resolved {
			maps.Copy(merged, tags.(map[string]string))
		}
		return merged
	}).(pulumi.StringMapOutput)
}

// tag is a map of one tag.
func tag(key, value string) pulumi.StringMap { return pulumi.StringMap{key: pulumi.String(value)} }
