module gitlab.com/slipway/slipway/tools/toolchain

go 1.26

require (
	gitlab.com/slipway/slipway/tools/awsplugin/mapping v0.0.0
	gitlab.com/slipway/slipway/tools/awsplugin/slim v0.0.0
)

replace (
	gitlab.com/slipway/slipway/tools/awsplugin/mapping => ../awsplugin/mapping
	gitlab.com/slipway/slipway/tools/awsplugin/slim => ../awsplugin/slim
)
