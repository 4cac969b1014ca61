module gitlab.com/slipway/slipway/tools/awsplugin/conformance

go 1.26

require gitlab.com/slipway/slipway/tools/awsplugin/mapping v0.0.0

replace gitlab.com/slipway/slipway/tools/awsplugin/mapping => ../mapping
