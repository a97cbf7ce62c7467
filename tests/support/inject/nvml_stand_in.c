// SPDX-License-Identifier: Apache-2.0
// Two GPUs as NVIDIA's library tells of them. The processes on the first are those that the file
// $NVML_STAND_IN_USERS names, a number a line; process 1 is on the second. With
// $NVML_STAND_IN_HANGS set, asking how busy a GPU is or how much memory it has never returns.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { success = 0, insufficient_size = 7 };

struct utilization {
  unsigned gpu;
  unsigned memory;
};
struct memory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};
struct process {
  unsigned pid;
  unsigned long long used;
  unsigned instance;
  unsigned compute_instance;
};

static int gpus[2] = {0, 1};

int nvmlInit_v2(void)
{
  return success;
}

int nvmlShutdown(void)
{
  return success;
}

int nvmlDeviceGetCount_v2(unsigned* count)
{
  *count = 2;
  return success;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device)
{
  *device = &gpus[index];
  return success;
}

static void hang_if_told_to(void)
{
  while (getenv("NVML_STAND_IN_HANGS") != NULL) {
    pause();
  }
}

int nvmlDeviceGetUtilizationRates(void* device, struct utilization* rates)
{
  hang_if_told_to();
  rates->gpu = *(int*)device == 0 ? 75 : 12;
  rates->memory = 5;
  return success;
}

int nvmlDeviceGetMemoryInfo(void* device, struct memory* memory)
{
  hang_if_told_to();
  memory->total = *(int*)device == 0 ? 16106127360ULL : 25757220864ULL;
  memory->used = *(int*)device == 0 ? 7000000000ULL : 9000000000ULL;
  memory->free = memory->total - memory->used;
  return success;
}

int nvmlDeviceGetPowerUsage(void* device, unsigned* milliwatts)
{
  (void)device;
  *milliwatts = 150250;
  return success;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void* device, unsigned* count, struct process* list)
{
  const unsigned room = *count;
  unsigned found = 0;
  if (*(int*)device == 1) {
    if (room > 0) {
      list[0] = (struct process){1, 1000, 0, 0};
    }
    *count = 1;
    return room > 0 ? success : insufficient_size;
  }
  FILE* users = fopen(getenv("NVML_STAND_IN_USERS"), "r");
  unsigned pid = 0;
  while (users != NULL && fscanf(users, "%u", &pid) == 1) {
    if (found < room) {
      list[found] = (struct process){pid, 3000000000ULL, 0, 0};
    }
    ++found;
  }
  if (users != NULL) {
    fclose(users);
  }
  *count = found;
  return found <= room ? success : insufficient_size;
}
