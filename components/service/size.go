package service

import "fmt"

// The sizes that Fargate offers, CPU units to least, most and step of memory in
// MiB. A least memory below the step stands alone.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
var fargateSizes = map[int]struct{ min, max, step int }{
	256:   {512, 2048, 1024},
	512:   {1024, 4096, 1024},
	1024:  {2048, 8192, 1024},
	2048:  {4096, 16384, 1024},
	4096:  {8192, 30720, 1024},
	8192:  {16384, 61440, 4096},
	16384: {32768, 122880, 8192},
}

// ValidSize reports whether Fargate offers a task of this size, and if not,
// what it does offer.
func ValidSize(cpu, memoryMiB int) error {
	size, ok := fargateSizes[cpu]
	if !ok {
		return fmt.Errorf("CPU %d must be one of 256, 512, 1024, 2048, 4096, 8192, 16384", cpu)
	}
	if memoryMiB == size.min || memoryMiB > size.min && memoryMiB <= size.max && memoryMiB%size.step == 0 {
		return nil
	}
	from, alone := size.min, ""
	if size.min < size.step {
		from, alone = size.step, fmt.Sprintf("%d, and ", size.min)
	}
	return fmt.Errorf("memory %d MiB does not go with CPU %d: %s%d to %d MiB in steps of %d do", memoryMiB, cpu, alone, from, size.max, size.step)
}
