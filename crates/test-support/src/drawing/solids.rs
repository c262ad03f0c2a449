//! Bodies built from spheres, ellipsoids and blocks, rendered from the front in orthographic
//! projection. For every sample: depth, surface normal and material of the nearest surface.

use super::numbers::{cosine, mix, sine};

pub(crate) type Point = [f32; 3];

pub(crate) fn dot(a: Point, b: Point) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(crate) fn unit(v: Point) -> Point {
    let length = dot(v, v).sqrt().max(1e-6);
    v.map(|part| part / length)
}

/// Orientation of a part, as three orthogonal unit vectors: right, up, front.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame([Point; 3]);

impl Frame {
    /// Creates a frame turned about the vertical axis by `yaw`, then tilted sideways by `roll`,
    /// both in turns.
    pub(crate) fn turned(yaw: f32, roll: f32) -> Self {
        let (sy, cy) = (sine(yaw), cosine(yaw));
        let (sr, cr) = (sine(roll), cosine(roll));
        Self([
            [cr * cy, sr * cy, -sy],
            [-sr, cr, 0.0],
            [cr * sy, sr * sy, cy],
        ])
    }

    // Written out without iterators, here and below: unoptimised builds draw all fixtures too.
    fn into_world(self, local: Point) -> Point {
        let Self([right, up, front]) = self;
        [
            right[0] * local[0] + up[0] * local[1] + front[0] * local[2],
            right[1] * local[0] + up[1] * local[1] + front[1] * local[2],
            right[2] * local[0] + up[2] * local[1] + front[2] * local[2],
        ]
    }

    fn into_local(self, world: Point) -> Point {
        let Self([right, up, front]) = self;
        [dot(right, world), dot(up, world), dot(front, world)]
    }
}

/// Material of a surface; each figure assigns a colour to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Material {
    Skin,
    Hair,
    Coat,
    Trousers,
    Boots,
    Accent,
    Trim,
    Dark,
    White,
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Ball,
    Egg,
    Block,
}

#[derive(Debug, Clone, Copy)]
struct Solid {
    shape: Shape,
    centre: Point,
    radii: Point,
    frame: Frame,
    material: Material,
}

/// Body under construction. Parts are added in the coordinates of the current joint.
#[derive(Debug)]
pub(crate) struct Body {
    solids: Vec<Solid>,
    frame: Frame,
    pivot: Point,
}

impl Body {
    pub(crate) fn new() -> Self {
        Self {
            solids: Vec::new(),
            frame: Frame::turned(0.0, 0.0),
            pivot: [0.0; 3],
        }
    }

    /// Attaches the parts that follow to a joint at `pivot`, in body coordinates, turned by
    /// `frame`.
    pub(crate) fn joint(&mut self, frame: Frame, pivot: Point) -> &mut Self {
        self.frame = frame;
        self.pivot = pivot;
        self
    }

    fn add(&mut self, shape: Shape, at: Point, radii: Point, material: Material) -> &mut Self {
        let offset = self.frame.into_world(at);
        self.solids.push(Solid {
            shape,
            centre: std::array::from_fn(|axis| self.pivot[axis] + offset[axis]),
            radii,
            frame: self.frame,
            material,
        });
        self
    }

    pub(crate) fn ball(&mut self, at: Point, radius: f32, material: Material) -> &mut Self {
        self.add(Shape::Ball, at, [radius; 3], material)
    }

    pub(crate) fn egg(&mut self, at: Point, radii: Point, material: Material) -> &mut Self {
        self.add(Shape::Egg, at, radii, material)
    }

    pub(crate) fn block(&mut self, at: Point, half: Point, material: Material) -> &mut Self {
        self.add(Shape::Block, at, half, material)
    }

    /// Adds a limb: overlapping spheres between consecutive joints, with interpolated radii.
    pub(crate) fn limb(&mut self, joints: &[(Point, f32)], material: Material) -> &mut Self {
        for pair in joints.windows(2) {
            let [(from, thick), (to, thin)] = [pair[0], pair[1]];
            let way: Point = std::array::from_fn(|axis| to[axis] - from[axis]);
            let steps = (dot(way, way).sqrt() / (0.15 * thick.max(thin))).clamp(5.0, 24.0) as u32;
            for step in 0..=steps {
                let share = step as f32 / steps as f32;
                let at = std::array::from_fn(|axis| mix(from[axis], to[axis], share));
                self.ball(at, mix(thick, thin, share), material);
            }
        }
        self
    }
}

/// Nearest surface at a sample.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hit {
    /// Distance towards the viewer in body units; a larger value is nearer.
    pub(crate) depth: f32,
    /// Unit normal of the surface: right, up, towards the viewer.
    pub(crate) normal: Point,
    pub(crate) material: Material,
}

/// Placement of the body in the picture, in samples.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    /// Column of the body's vertical axis.
    pub(crate) axis: f32,
    /// Row of the ground under the feet.
    pub(crate) ground: f32,
    /// Samples per body unit.
    pub(crate) scale: f32,
}

/// Nearest surface at every sample of a picture.
#[derive(Debug)]
pub(crate) struct HitMap {
    width: usize,
    height: usize,
    hits: Vec<Option<Hit>>,
}

impl HitMap {
    pub(crate) fn render(body: &Body, view: View, width: usize, height: usize) -> Self {
        let mut map = Self {
            width,
            height,
            hits: vec![None; width * height],
        };
        for solid in &body.solids {
            map.add(solid, view);
        }
        map
    }

    pub(crate) fn at(&self, x: usize, y: usize) -> Option<Hit> {
        self.hits[y * self.width + x]
    }

    fn add(&mut self, solid: &Solid, view: View) {
        let reach = dot(solid.radii, solid.radii).sqrt().min(match solid.shape {
            Shape::Ball | Shape::Egg => solid.radii.into_iter().fold(0.0, f32::max),
            Shape::Block => f32::INFINITY,
        }) * view.scale
            + 1.0;
        let column = view.axis + solid.centre[0] * view.scale;
        let row = view.ground - solid.centre[1] * view.scale;
        let span = |middle: f32, limit: usize| {
            let low = (middle - reach).clamp(0.0, limit as f32) as usize;
            let high = (middle + reach + 1.0).clamp(0.0, limit as f32) as usize;
            low..high
        };
        let along = solid.frame.into_local([0.0, 0.0, 1.0]);
        let [centre_x, centre_y, centre_z] = solid.centre;
        for y in span(row, self.height) {
            let up = (view.ground - y as f32 - 0.5) / view.scale - centre_y;
            for x in span(column, self.width) {
                let right = (x as f32 + 0.5 - view.axis) / view.scale - centre_x;
                let nearest = match self.hits[y * self.width + x] {
                    Some(hit) => hit.depth - centre_z,
                    None => f32::MIN,
                };
                if let Some((rise, normal)) = solid.intersect(right, up, along, nearest) {
                    self.hits[y * self.width + x] = Some(Hit {
                        depth: rise + centre_z,
                        normal,
                        material: solid.material,
                    });
                }
            }
        }
    }

    /// Returns true if a contour, that is, a change of material or a step in depth, lies within
    /// `width` samples to the right of or below a sample.
    pub(crate) fn contour(&self, x: usize, y: usize, width: usize) -> bool {
        let here = self.at(x, y);
        let differs = |there: Option<Hit>| match (here, there) {
            (None, None) => false,
            (Some(a), Some(b)) => a.material != b.material || (a.depth - b.depth).abs() > 0.11,
            _ => true,
        };
        (1..=width).any(|step| {
            (x + step < self.width && differs(self.at(x + step, y)))
                || (y + step < self.height && differs(self.at(x, y + step)))
        })
    }
}

impl Solid {
    /// Intersects the solid with the line of sight that passes `right` and `up` of its centre.
    /// Returns depth and normal of the front surface if it is nearer than `nearest`. `along` is the
    /// direction of the line in the solid's own frame.
    fn intersect(&self, right: f32, up: f32, along: Point, nearest: f32) -> Option<(f32, Point)> {
        match self.shape {
            Shape::Ball => self.intersect_ball(right, up, nearest),
            Shape::Egg => self.intersect_egg(right, up, along, nearest),
            Shape::Block => self.intersect_block(right, up, along, nearest),
        }
    }

    fn intersect_ball(&self, right: f32, up: f32, nearest: f32) -> Option<(f32, Point)> {
        let radius = self.radii[0];
        let inside = radius * radius - right * right - up * up;
        if inside < 0.0 {
            return None;
        }
        let rise = inside.sqrt();
        (rise > nearest).then(|| (rise, [right / radius, up / radius, rise / radius]))
    }

    fn intersect_egg(
        &self,
        right: f32,
        up: f32,
        along: Point,
        nearest: f32,
    ) -> Option<(f32, Point)> {
        let [x, y, z] = self.frame.into_local([right, up, 0.0]);
        let [rx, ry, rz] = self.radii;
        let from = [x / rx, y / ry, z / rz];
        let along = [along[0] / rx, along[1] / ry, along[2] / rz];
        let (a, b, c) = (dot(along, along), dot(from, along), dot(from, from) - 1.0);
        let inside = b * b - a * c;
        if inside < 0.0 {
            return None;
        }
        let rise = (inside.sqrt() - b) / a;
        (rise > nearest).then(|| {
            let local = [
                (from[0] + along[0] * rise) / rx,
                (from[1] + along[1] * rise) / ry,
                (from[2] + along[2] * rise) / rz,
            ];
            (rise, unit(self.frame.into_world(local)))
        })
    }

    fn intersect_block(
        &self,
        right: f32,
        up: f32,
        along: Point,
        nearest: f32,
    ) -> Option<(f32, Point)> {
        let from = self.frame.into_local([right, up, 0.0]);
        let (mut low, mut high, mut face) = (f32::MIN, f32::MAX, [0.0; 3]);
        for axis in 0..3 {
            if along[axis].abs() < 1e-5 {
                if from[axis].abs() > self.radii[axis] {
                    return None;
                }
                continue;
            }
            let one = (self.radii[axis] - from[axis]) / along[axis];
            let other = (-self.radii[axis] - from[axis]) / along[axis];
            low = low.max(one.min(other));
            if one.max(other) < high {
                high = one.max(other);
                face = [0.0; 3];
                face[axis] = if one > other { 1.0 } else { -1.0 };
            }
        }
        (low <= high && high > nearest).then(|| (high, self.frame.into_world(face)))
    }
}

#[cfg(test)]
mod tests;
