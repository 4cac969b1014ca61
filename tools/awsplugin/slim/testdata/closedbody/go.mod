module closedbody

go 1.26

require github.com/aws/smithy-go v1.20.4
