package provider

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"gitlab.com/slipway/slipway/tools/docker/internal/spec"
)

// canPreview tells whether to build during a preview: only if asked to, and
// only if everything that goes into the image is known.
func canPreview(img spec.Image, log *log) bool {
	if !img.Known("buildOnPreview") {
		log.Warn("buildOnPreview is not known yet: not building during this preview")
		return false
	}
	if !img.BuildOnPreview {
		return false
	}
	for path := range img.Unknown {
		if path == "imageName" || strings.HasPrefix(path, "build") {
			log.Warn(path + " is not known yet: not building during this preview")
			return false
		}
	}
	return true
}

// unbuilt are the outputs of an image that a preview didn't build: its name is
// known if the program knows it, all else comes with the build.
func unbuilt(inputs resource.PropertyMap) resource.PropertyMap {
	outputs := resource.PropertyMap{"imageName": inputs["imageName"]}
	for _, key := range []resource.PropertyKey{
		"baseImageName", "context", "dockerfile", "platform", "registryServer", "repoDigest",
	} {
		outputs[key] = unknown()
	}
	return outputs
}

func unknown() resource.PropertyValue { return resource.MakeComputed(resource.NewProperty("")) }
