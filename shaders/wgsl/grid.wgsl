// Workgroups beyond 65,535 are folded into a second dimension; this gives back the number in the row.
// The last row of the fold is usually not full: compare against the number of groups in the uniform.
fn group_index(group: vec3<u32>, groups: vec3<u32>) -> u32 {
    return group.y * groups.x + group.x;
}
